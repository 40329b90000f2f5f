/**
 * A replica on the real disk, as a program of its own, so that it can be given a user and limits. Its argument is a
 * `DiskTask` as JSON, its output a `DiskOutcome`. Its clock is simulated.
 */
import { closeSync, openSync } from 'node:fs';
import { nodeFiles } from '../../src/storage/node-files.js';
import { ALL_WRITTEN_MS, type FakeReplica, opened } from './fake-replica.js';

export interface DiskTask {
  folder: string;
  /** Each gets three points, one at a time. */
  metrics: string[];
  /** Takes every file descriptor of the process away until the second point was due. */
  exhaust: boolean;
}

export interface DiskOutcome {
  /** After the second point was due. */
  meanwhile: { state: string; checkpoint: number };
  afterwards: { state: string; queuePoints: number; checkpoint: number };
  errors: number;
  /** Values of each metric, from its file and from the queue. */
  values: number[][];
  logged: number;
}

async function run({ folder, metrics, exhaust }: DiskTask): Promise<DiskOutcome> {
  const replica = await opened({ disk: nodeFiles, folder });
  const round = async (value: number): Promise<void> => {
    replica.append(...metrics.map((name): [string, number, number] => [name, replica.nowS, value]));
    await replica.pass(ALL_WRITTEN_MS, 500);
  };
  const taken = exhaust ? allDescriptors() : [];
  await round(1);
  await round(2);
  const { state, checkpoint } = replica.runner.report();
  for (const fd of taken) closeSync(fd);
  await round(3);
  await replica.pass(12_000, 500);
  const after = replica.runner.report();
  return {
    meanwhile: { state, checkpoint },
    afterwards: {
      state: after.state,
      queuePoints: after.queuePoints,
      checkpoint: after.checkpoint,
    },
    errors: replica.runner.replica.writer.counters.errors,
    values: await valuesOf(replica, metrics),
    logged: replica.logger.texts('error').length,
  };
}

async function valuesOf(replica: FakeReplica, metrics: readonly string[]): Promise<number[][]> {
  const values: number[][] = [];
  for (const name of metrics) {
    const points = await replica.fetch(name, 120).catch(() => []);
    values.push(points.map(([, value]) => value));
  }
  return values;
}

function allDescriptors(): number[] {
  const taken: number[] = [];
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EMFILE') throw error;
  }
  return taken;
}

console.log(JSON.stringify(await run(JSON.parse(process.argv[2]))));
process.exit();
