import { rounded } from '../support/figures.js';
import { cpuSecondsOf } from '../support/process-cpu.js';
import { RawConnection } from './raw-connection.js';

/** Who answers, and the processes that work for it. */
export interface Side {
  readonly url: string;
  readonly pids: readonly number[];
  /** The same by their names, where they have any. */
  readonly processes?: Readonly<Record<string, number>>;
}

/** What is asked over and over: all its paths in turn, which differ in what they ask for and not in how much. */
export interface Question {
  readonly name: string;
  readonly paths: readonly string[];
  /** Of the requests, each with its line end. */
  readonly headers?: string;
  /** Throws for an answer that is not what was to be found. */
  readonly check: (body: Buffer) => void;
}

export interface ReadFigures {
  requests: number;
  requestsPerSecond: number;
  /** Of all processes of the side, with what they would have done anyway. */
  cpuMsPerRequest: number;
  /** Of each of them that has a name. */
  cpuMsByProcess?: Record<string, number>;
  /** Of the client, which is the same for all sides. */
  clientCpuMsPerRequest: number;
  p50Ms: number;
  p99Ms: number;
}

/** At least so many requests are made, however long they take. */
const REQUESTS_MIN = 3;
/** Asks one question over and over, over `connections` connections, for `seconds`, after some to get warm. */
export async function askFor(
  { url, pids, processes = {} }: Side,
  { name, paths, headers, check }: Question,
  load: { warmUpSeconds: number; seconds: number; connections: number },
): Promise<ReadFigures> {
  const connections = Array.from({ length: load.connections }, () => new RawConnection(url));
  let next = 0;
  const ask = async (connection: RawConnection, keep = false) => {
    const answer = await connection.get(paths[next++ % paths.length], keep, headers);
    if (answer.status !== 200) throw new Error(`${name}: status ${answer.status}`);
    return answer;
  };
  const askUntil = async (endMs: number, timesMs: number[], min: number): Promise<void> => {
    const asking = connections.map(async (connection) => {
      while (performance.now() < endMs || timesMs.length < min) {
        const beganMs = performance.now();
        await ask(connection);
        timesMs.push(performance.now() - beganMs);
      }
    });
    await Promise.all(asking);
  };
  try {
    check((await ask(connections[0], true)).body);
    const beganMs = performance.now();
    await askUntil(beganMs + load.warmUpSeconds * 1_000, [], 0);
    const timesMs: number[] = [];
    const before = new Map([...pids, process.pid].map((pid) => [pid, cpuSecondsOf(pid)]));
    const startMs = performance.now();
    await askUntil(startMs + load.seconds * 1_000, timesMs, REQUESTS_MIN);
    const tookS = (performance.now() - startMs) / 1_000;
    const requests = timesMs.length;
    const cpuMs = (pid: number): number =>
      ((cpuSecondsOf(pid) - (before.get(pid) ?? 0)) / requests) * 1_000;
    const named = Object.entries(processes).map(([name, pid]) => [name, rounded(cpuMs(pid))]);
    return {
      requests,
      requestsPerSecond: rounded(requests / tookS),
      cpuMsPerRequest: rounded(pids.reduce((sum, pid) => sum + cpuMs(pid), 0)),
      ...(named.length > 0 && { cpuMsByProcess: Object.fromEntries(named) }),
      clientCpuMsPerRequest: rounded(cpuMs(process.pid)),
      p50Ms: rounded(percentile(timesMs, 0.5)),
      p99Ms: rounded(percentile(timesMs, 0.99)),
    };
  } finally {
    for (const connection of connections) connection.close();
  }
}

/** Of any times, which are sorted by it. */
export function percentile(timesMs: number[], part: number): number {
  timesMs.sort((a, b) => a - b);
  return timesMs[Math.floor(timesMs.length * part)];
}
