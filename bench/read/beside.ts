import { readFileSync, writeFileSync } from 'node:fs';
import { rounded } from '../support/figures.js';
import { percentile, type Side } from './load.js';
import { RawConnection } from './raw-connection.js';

interface Percentiles {
  p50Ms: number;
  p99Ms: number;
}

/** Small queries while a large one is being answered over and over. */
export interface BesideFigures {
  idle: Percentiles;
  /** While the first large one is answered: files are opened for it and code compiled, as for small ones before they are timed. */
  besideFirst: Percentiles;
  beside: Percentiles;
  firstLargeMs: number;
  largeQueries: number;
  largeMedianMs: number;
  largeBodyBytes: number;
  /** The most memory that each process had meanwhile. */
  peakMiB: Record<string, number>;
}

/** As a thousand dashboards would ask, and not as fast as one client can. */
const PAUSE_MS = 4;

/** How long `requests` small queries take, one at a time, with nothing else to do and beside a large one. */
export async function besideLarge(
  side: Side & { readonly processes: Readonly<Record<string, number>> },
  small: readonly string[],
  large: string,
  requests: number,
): Promise<BesideFigures> {
  const connection = new RawConnection(side.url);
  const largeConnection = new RawConnection(side.url);
  try {
    await times(connection, small, (count) => count === requests / 4);
    const idle = await times(connection, small, (count) => count === requests);
    const first = answered(largeConnection, large);
    let firstLarge: Answered | undefined;
    void first.then((answer) => {
      firstLarge = answer;
    });
    const besideFirst = await Promise.race([
      times(connection, small, () => firstLarge !== undefined),
      failing(first),
    ]);
    for (const pid of Object.values(side.processes)) forgetPeak(pid);
    const largeMs: number[] = [];
    let isDone = false;
    const asking = (async () => {
      while (!isDone) largeMs.push((await answered(largeConnection, large)).tookMs);
    })();
    const beside = await Promise.race([
      times(connection, small, (count) => count === requests),
      failing(asking),
    ]);
    isDone = true;
    await asking;
    const peaks = Object.entries(side.processes).map(([name, pid]) => [name, peakMiB(pid)]);
    return {
      idle: figures(idle),
      besideFirst: figures(besideFirst),
      beside: figures(beside),
      firstLargeMs: rounded((await first).tookMs),
      largeQueries: largeMs.length,
      largeMedianMs: rounded(percentile(largeMs, 0.5)),
      largeBodyBytes: (await first).bodyBytes,
      peakMiB: Object.fromEntries(peaks),
    };
  } finally {
    connection.close();
    largeConnection.close();
  }
}

interface Answered {
  tookMs: number;
  bodyBytes: number;
}

async function answered(connection: RawConnection, path: string): Promise<Answered> {
  const beganMs = performance.now();
  const { status, bodyBytes } = await connection.get(path);
  if (status !== 200) throw new Error(`${path}: status ${status}`);
  return { tookMs: performance.now() - beganMs, bodyBytes };
}

/** Asks until there are as many as are wanted. */
async function times(
  connection: RawConnection,
  paths: readonly string[],
  isEnough: (count: number) => boolean,
): Promise<number[]> {
  const timesMs: number[] = [];
  while (!isEnough(timesMs.length)) {
    timesMs.push((await answered(connection, paths[timesMs.length % paths.length])).tookMs);
    await new Promise((wake) => setTimeout(wake, PAUSE_MS));
  }
  return timesMs;
}

/** Never ends but by a failure. */
function failing(work: Promise<unknown>): Promise<never> {
  return new Promise((_, reject) => {
    work.catch(reject);
  });
}

function figures(timesMs: number[]): Percentiles {
  return { p50Ms: rounded(percentile(timesMs, 0.5)), p99Ms: rounded(percentile(timesMs, 0.99)) };
}

/** Counts the most memory of a process from now on. */
function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

function peakMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1024);
}
