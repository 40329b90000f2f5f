import { Agent, get } from 'node:http';
import { rounded } from '../support/figures.js';
import { cpuSecondsOf } from '../support/process-cpu.js';

/** Who answers, and the processes that work for it. */
export interface Side {
  readonly url: (path: string) => string;
  readonly pids: () => readonly number[];
}

export interface ReadFigures {
  requests: number;
  requestsPerSecond: number;
  cpuMsPerRequest: number;
  p50Ms: number;
  p99Ms: number;
}

/** At least so many requests are made, however long they take. */
const REQUESTS_MIN = 3;

function body(url: string, agent: Agent): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.once('error', reject);
      response.once('end', () => {
        const all = Buffer.concat(parts);
        if (response.statusCode === 200) resolve(all);
        else reject(new Error(`${url}: ${response.statusCode} ${all.toString().slice(0, 300)}`));
      });
    }).once('error', reject);
  });
}

/** Asks one question over and over, over `connections` connections that stay open, for `seconds`. */
export async function askFor(
  side: Side,
  path: string,
  check: (body: Buffer) => void,
  load: { seconds: number; connections: number },
): Promise<ReadFigures> {
  const agent = new Agent({ keepAlive: true, maxSockets: load.connections });
  const url = side.url(path);
  const cpuS = (): number => side.pids().reduce((sum, pid) => sum + cpuSecondsOf(pid), 0);
  try {
    for (let n = 0; n < REQUESTS_MIN; n++) check(await body(url, agent));
    const timesMs: number[] = [];
    const cpuBeforeS = cpuS();
    const startMs = performance.now();
    const endMs = startMs + load.seconds * 1_000;
    const ask = async (): Promise<void> => {
      while (performance.now() < endMs || timesMs.length < REQUESTS_MIN) {
        const beganMs = performance.now();
        await body(url, agent);
        timesMs.push(performance.now() - beganMs);
      }
    };
    await Promise.all(Array.from({ length: load.connections }, ask));
    const tookS = (performance.now() - startMs) / 1_000;
    const usedS = cpuS() - cpuBeforeS;
    timesMs.sort((a, b) => a - b);
    const requests = timesMs.length;
    return {
      requests,
      requestsPerSecond: rounded(requests / tookS),
      cpuMsPerRequest: rounded((usedS / requests) * 1_000),
      p50Ms: rounded(timesMs[Math.floor(requests * 0.5)]),
      p99Ms: rounded(timesMs[Math.floor(requests * 0.99)]),
    };
  } finally {
    agent.destroy();
  }
}
