import { readFileSync, writeFileSync } from 'node:fs';
import { rounded } from '../support/figures.js';
import { percentile, type Side } from './load.js';
import { RawConnection } from './raw-connection.js';

/** Small queries while a large one is being answered over and over. */
export interface BesideFigures {
  idle: { p50Ms: number; p99Ms: number };
  beside: { p50Ms: number; p99Ms: number };
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
    await times(connection, small, requests / 4);
    const idle = await times(connection, small, requests);
    for (const pid of Object.values(side.processes)) forgetPeak(pid);
    const largeMs: number[] = [];
    let largeBodyBytes = 0;
    let done = false;
    const asking = (async () => {
      while (!done) {
        const beganMs = performance.now();
        const { status, bodyBytes } = await largeConnection.get(large);
        if (status !== 200) throw new Error(`the large query: status ${status}`);
        largeMs.push(performance.now() - beganMs);
        largeBodyBytes = bodyBytes;
      }
    })();
    const beside = await Promise.race([times(connection, small, requests), failing(asking)]);
    done = true;
    await asking;
    const peaks = Object.entries(side.processes).map(([name, pid]) => [name, peakMiB(pid)]);
    return {
      idle: figures(idle),
      beside: figures(beside),
      largeQueries: largeMs.length,
      largeMedianMs: rounded(percentile(largeMs, 0.5)),
      largeBodyBytes,
      peakMiB: Object.fromEntries(peaks),
    };
  } finally {
    connection.close();
    largeConnection.close();
  }
}

async function times(
  connection: RawConnection,
  paths: readonly string[],
  requests: number,
): Promise<number[]> {
  const timesMs: number[] = [];
  while (timesMs.length < requests) {
    const beganMs = performance.now();
    const { status } = await connection.get(paths[timesMs.length % paths.length]);
    if (status !== 200) throw new Error(`a small query: status ${status}`);
    timesMs.push(performance.now() - beganMs);
    await new Promise((wake) => setTimeout(wake, PAUSE_MS));
  }
  return timesMs;
}

/** Never ends but by a failure. */
function failing(work: Promise<void>): Promise<never> {
  return new Promise((_, reject) => {
    work.catch(reject);
  });
}

function figures(timesMs: number[]): { p50Ms: number; p99Ms: number } {
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
