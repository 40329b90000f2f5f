/**
 * A shard replica as a node runs it, as a program of its own: batches come over standard input, each behind its length
 * (u32, little-endian), and go through decoder, queue and writer into whisper files, with a checkpoint behind them.
 *
 * Its argument is a `ReplicaTask` as JSON. To each message `{ sequence }` of its parent it answers with a `ReplicaProgress`
 * when the files and the checkpoint have come that far.
 */
import { Socket, type SocketConstructorOpts } from 'node:net';
import { QueueBudget } from '../../src/actors/shard/budget.js';
import { RateLimit } from '../../src/actors/shard/rate-limit.js';
import { ReplicaRunner } from '../../src/actors/shard/replica-runner.js';
import { ShardReplica } from '../../src/actors/shard/shard-replica.js';
import { systemClock } from '../../src/edge/clock.js';
import { syncFileSystems } from '../../src/edge/sync-file-system.js';
import { CheckpointFile } from '../../src/storage/checkpoint.js';
import { FileMigration } from '../../src/storage/file-migration.js';
import { GapFile } from '../../src/storage/gap-file.js';
import { MetricIndex } from '../../src/storage/metric-index.js';
import { nodeFiles } from '../../src/storage/node-files.js';
import { TaggedNames } from '../../src/storage/tags/tagged-names.js';
import { FakeLogReader } from '../../test/support/fake-log-reader.js';
import { freeTurns } from '../../test/support/free-turns.js';
import { benchRules, openBenchStore } from '../support/bench-metrics.js';

export interface ReplicaTask {
  folder: string;
  openFilesMax: number;
  writeDelayMs: number;
  rollUpDelayMs: number;
  /** As the setting FSYNC. */
  fsync: boolean;
}

export interface ReplicaProgress {
  updateOperations: number;
  /** How long each sync of the file system took so far. */
  syncsMs: number[];
}

const QUEUE_POINTS_MAX = 2_000_000;
const CHECKPOINT_INTERVAL_MS = 1_000;
const POLL_MS = 500;
const LENGTH_BYTES = 4;
const READ_BYTES = 256 * 1024;
const ROOM_BYTES = 1024 * 1024;

const task: ReplicaTask = JSON.parse(process.argv[2]);
const log = new FakeLogReader();
const syncsMs: number[] = [];
const budget = new QueueBudget(QUEUE_POINTS_MAX).share();
const said = (fields: object, text: string): void => console.error(text, fields);
const logger = { debug: () => undefined, info: () => undefined, warn: said, error: said };

async function sync(): Promise<void> {
  const startedMs = performance.now();
  await syncFileSystems([task.folder]);
  syncsMs.push(performance.now() - startedMs);
}

const logs = [{ datacentre: 'dc1', stream: 'SHARD_0', isMirror: false }];
const runner = new ReplicaRunner({
  logs,
  shard: 0,
  log,
  budget,
  turns: freeTurns(systemClock),
  clock: systemClock,
  logger,
  checkpointIntervalMs: CHECKPOINT_INTERVAL_MS,
  escalate: (error) => {
    throw error;
  },
  make: () => {
    const rollUpS = task.rollUpDelayMs / 1_000;
    const store = openBenchStore(`${task.folder}/whisper`, task.openFilesMax, rollUpS);
    return new ShardReplica({
      logs,
      shard: 0,
      dataFolder: task.folder,
      store,
      migration: new FileMigration({ files: nodeFiles, store, rules: benchRules, sparse: true }),
      index: new MetricIndex(),
      taggedNames: new TaggedNames(nodeFiles, `${task.folder}/tagged-names`),
      checkpointFile: new CheckpointFile(nodeFiles, `${task.folder}/checkpoint.json`),
      gapFile: new GapFile(nodeFiles, `${task.folder}/gaps.json`),
      budget,
      clock: systemClock,
      log: logger,
      writeDelayMs: task.writeDelayMs,
      rollUpDelayMs: task.rollUpDelayMs,
      holdbackMs: 0,
      sync,
      syncsEach: task.fsync,
      strategy: 'sorted',
      updates: new RateLimit(Number.POSITIVE_INFINITY, 1),
      creates: new RateLimit(Number.POSITIVE_INFINITY, 1),
      changed: () => undefined,
    });
  },
});

/** What was read and is not a whole batch yet: the first `held` bytes. */
let room = Buffer.alloc(ROOM_BYTES);
let held = 0;

/** Takes whole batches out of the room; each gets memory of its own, as each message of a log has. */
function takeBatches(): void {
  let start = 0;
  while (held - start >= LENGTH_BYTES) {
    const from = start + LENGTH_BYTES;
    const end = from + room.readUInt32LE(start);
    if (end > held) break;
    log.append(Buffer.from(room.subarray(from, end)));
    start = end;
  }
  // What was handed on is not read again.
  log.removeBefore(log.delivered + 1);
  room.copyWithin(0, start, held);
  held -= start;
}

const onread = {
  buffer: Buffer.alloc(READ_BYTES),
  callback: (length: number, bytes: Uint8Array): boolean => {
    if (held + length > room.length) room = Buffer.concat([room], 2 * (held + length));
    room.set(bytes.subarray(0, length), held);
    held += length;
    takeBatches();
    return true;
  },
};
new Socket({ fd: 0, readable: true, writable: false, onread } as SocketConstructorOpts).resume();

process.on('message', async ({ sequence }: { sequence: number }) => {
  for (;;) {
    const { applied, checkpoint, queuePoints } = runner.report();
    if (applied >= sequence && checkpoint >= sequence && queuePoints === 0) break;
    await new Promise((wake) => setTimeout(wake, POLL_MS));
  }
  const { updateOperations } = runner.replica.writer.counters;
  process.send?.({ updateOperations, syncsMs } satisfies ReplicaProgress);
});
