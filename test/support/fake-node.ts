import { Node } from '../../src/actors/node/node.js';
import { NodeDrain } from '../../src/actors/node/node-drain.js';
import { NodeMigration } from '../../src/actors/node/node-migration.js';
import { NodeRequests } from '../../src/actors/node/node-requests.js';
import { QueueBudget } from '../../src/actors/shard/budget.js';
import { RateLimit } from '../../src/actors/shard/rate-limit.js';
import { ReplicaRunner } from '../../src/actors/shard/replica-runner.js';
import { ShardReplica } from '../../src/actors/shard/shard-replica.js';
import { decode, encode } from '../../src/protocols/codec.js';
import type { Reply, Request } from '../../src/protocols/messages.js';
import { shardStream } from '../../src/protocols/subjects.js';
import { CheckpointFile } from '../../src/storage/checkpoint.js';
import { DrainMark } from '../../src/storage/drain-mark.js';
import { FileMigration } from '../../src/storage/file-migration.js';
import { GapFile } from '../../src/storage/gap-file.js';
import type { RuleCheck } from '../../src/storage/live-rules.js';
import { MetricIndex } from '../../src/storage/metric-index.js';
import type { CreationRule } from '../../src/storage/schemas.js';
import { TaggedNames } from '../../src/storage/tags/tagged-names.js';
import { WhisperStore } from '../../src/storage/whisper/store.js';
import { FakeLogReader } from './fake-log-reader.js';
import { FakeLogger } from './fake-logger.js';
import { batchOf } from './fake-points.js';
import { watch } from './fake-time.js';
import { freeTurns } from './free-turns.js';
import { MemoryFiles } from './memory-files.js';
import { plainShardHash, shardOfName } from './shard-of.js';
import { SimulatedClock } from './simulated-clock.js';

export const SHARD_COUNT = 4;
/** This node has no replica of shard 3. */
export const SHARDS = [0, 1, 2];

interface NodeOptions {
  readonly clock?: SimulatedClock;
  /** By which the replica of a shard goes. */
  readonly clockOf?: (shard: number) => SimulatedClock;
  readonly shards?: readonly number[];
}

/** A node of three replicas, each with a log of its own; one that is absent never tells its state. */
export function startNode(
  absentLogs: readonly number[] = [],
  files = new MemoryFiles(),
  { clock = new SimulatedClock(), clockOf = () => clock, shards = SHARDS }: NodeOptions = {},
) {
  const logger = new FakeLogger();
  const budget = new QueueBudget(1_000_000, shards.length);
  const shares = shards.map(() => budget.share());
  const logs = shards.map(() => new FakeLogReader());
  for (const shard of absentLogs) logs[shard].holdState(new Promise(() => undefined));
  const turns = freeTurns(clock);
  const states: string[] = [];
  const rule: { now: CreationRule; check: RuleCheck } = {
    now: { archives: [{ secondsPerPoint: 1, points: 60 }], xFilesFactor: 0, method: 'last' },
    check: { type: 'same' },
  };
  let node: Node | undefined;
  const logsOf = (shard: number) => [
    { datacentre: 'dc1', stream: shardStream(shard), isMirror: false },
  ];
  const makeReplica = (shard: number, changed: () => void): ShardReplica => {
    const dataFolder = `/data/node1/shards/${shard}`;
    const rules = () => ({ match: () => rule.now });
    const store = new WhisperStore({
      files,
      root: `${dataFolder}/whisper`,
      schemas: rules,
      openFilesMax: 10,
      sparse: true,
      hashTagged: true,
    });
    return new ShardReplica({
      shard,
      logs: logsOf(shard),
      dataFolder,
      store,
      migration: new FileMigration({ files, store, rules, sparse: true }),
      index: new MetricIndex(),
      taggedNames: new TaggedNames(files, `${dataFolder}/tagged-names`),
      checkpointFile: new CheckpointFile(files, `${dataFolder}/checkpoint.json`),
      gapFile: new GapFile(files, `${dataFolder}/gaps.json`),
      budget: shares[shards.indexOf(shard)],
      clock: clockOf(shard),
      log: logger,
      writeDelayMs: 1000,
      rollUpDelayMs: 0,
      holdbackMs: 0,
      sync: () => Promise.resolve(),
      syncsEach: false,
      strategy: 'sorted',
      updates: new RateLimit(Number.POSITIVE_INFINITY, 1),
      creates: new RateLimit(Number.POSITIVE_INFINITY, 1),
      changed,
    });
  };
  node = new Node(
    (changed, escalate) =>
      shards.map(
        (shard) =>
          new ReplicaRunner({
            shard,
            logs: logsOf(shard),
            make: () => makeReplica(shard, changed),
            log: logs[shard],
            budget: shares[shards.indexOf(shard)],
            turns,
            clock,
            logger,
            checkpointIntervalMs: 1000,
            escalate,
          }),
      ),
    () => {
      if (node !== undefined && states.at(-1) !== node.state) states.push(node.state);
    },
    clock,
  );
  const failed = watch(node.failed);
  const migration = new NodeMigration(node, clock, () => rule.check);
  const limits = { budget, writeDelayMs: 1000, updatesPerSecond: null, createsPerMinute: null };
  const repairs = { answer: () => Promise.reject(new Error('nobody asks')) };
  const shardHash = plainShardHash(SHARD_COUNT);
  const drain = new NodeDrain(node, new DrainMark(files, '/data/node1/drained'));
  const requests = new NodeRequests({
    clock,
    ...{ node, limits, migration, repairs, drain },
    shardHash,
    log: logger,
  });
  const nowS = clock.nowMs() / 1000;
  return {
    clock,
    files,
    logs,
    logger,
    states,
    node,
    rule,
    requests,
    failed,
    nowS,
    request: async <R extends Request>(request: R): Promise<Reply<R['type']>> =>
      decode(await requests.answer(encode(request))) as Reply<R['type']>,
    raw: async (bytes: Uint8Array) => decode(await requests.answer(bytes)) as Reply<'find'>,
    /** Puts a point into the log of its shard. */
    append: (name: string, value: number) =>
      logs[shardOfName(name, SHARD_COUNT)].append(batchOf([[name, nowS, value]])),
  };
}
