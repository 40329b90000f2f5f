import { rounded } from '../support/figures.js';
import { cpuSecondsOf } from '../support/process-cpu.js';
import { RawConnection } from './raw-connection.js';

/** Who answers, and the processes that work for it. */
export interface Side {
  readonly url: string;
  readonly pids: readonly number[];
}

/** What is asked over and over: all its paths in turn, which differ in what they ask for and not in how much. */
export interface Question {
  readonly name: string;
  readonly paths: readonly string[];
  /** Throws for an answer that is not what was to be found. */
  readonly check: (body: Buffer) => void;
}

export interface ReadFigures {
  requests: number;
  requestsPerSecond: number;
  /** Of all processes of the side, with what they would have done anyway. */
  cpuMsPerRequest: number;
  p50Ms: number;
  p99Ms: number;
}

/** At least so many requests are made, however long they take. */
const REQUESTS_MIN = 3;
/** Asks one question over and over, over `connections` connections, for `seconds`, after some to get warm. */
export async function askFor(
  { url, pids }: Side,
  { name, paths, check }: Question,
  load: { warmUpSeconds: number; seconds: number; connections: number },
): Promise<ReadFigures> {
  const connections = Array.from({ length: load.connections }, () => new RawConnection(url));
  let next = 0;
  const ask = async (connection: RawConnection, keep = false) => {
    const answer = await connection.get(paths[next++ % paths.length], keep);
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
    const cpuS = (): number => pids.reduce((sum, pid) => sum + cpuSecondsOf(pid), 0);
    const cpuBeforeS = cpuS();
    const startMs = performance.now();
    await askUntil(startMs + load.seconds * 1_000, timesMs, REQUESTS_MIN);
    return figuresOf(timesMs, (performance.now() - startMs) / 1_000, cpuS() - cpuBeforeS);
  } finally {
    for (const connection of connections) connection.close();
  }
}

function figuresOf(timesMs: number[], tookS: number, cpuS: number): ReadFigures {
  const requests = timesMs.length;
  return {
    requests,
    requestsPerSecond: rounded(requests / tookS),
    cpuMsPerRequest: rounded((cpuS / requests) * 1_000),
    p50Ms: rounded(percentile(timesMs, 0.5)),
    p99Ms: rounded(percentile(timesMs, 0.99)),
  };
}

/** Of any times, which are sorted by it. */
export function percentile(timesMs: number[], part: number): number {
  timesMs.sort((a, b) => a - b);
  return timesMs[Math.floor(timesMs.length * part)];
}
