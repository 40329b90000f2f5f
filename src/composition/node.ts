import { MirrorSupervisor } from '../actors/mirrors/mirror-supervisor.js';
import { Node } from '../actors/node/node.js';
import { type BudgetShare, QueueBudget } from '../actors/shard/budget.js';
import { COARSE_DELAYS } from '../actors/shard/checkpointer.js';
import { WriteLimits } from '../actors/shard/rate-limit.js';
import { ReplayTurns } from '../actors/shard/replay-turns.js';
import type { ShardLog } from '../actors/shard/replica-logs.js';
import { ReplicaRunner } from '../actors/shard/replica-runner.js';
import { ShardReplica } from '../actors/shard/shard-replica.js';
import type { Settings } from '../config/settings.js';
import { NatsMirrors } from '../edge/nats-mirrors.js';
import { SharedSync } from '../edge/sync-file-system.js';
import { mirrorStream, shardStream } from '../protocols/subjects.js';
import { CheckpointFile } from '../storage/checkpoint.js';
import { FileMigration } from '../storage/file-migration.js';
import { GapFile } from '../storage/gap-file.js';
import { MetricIndex } from '../storage/metric-index.js';
import { BYTES_PER_POINT_MAX } from '../storage/point-pool.js';
import { TaggedNames } from '../storage/tags/tagged-names.js';
import { WhisperStore } from '../storage/whisper/store.js';
import {
  type Given,
  LOG_READER,
  MIRROR_SUPERVISORS,
  NODE_FACTORY,
  QUEUE_BUDGET,
  type Register,
  SHARD_MAP,
  WRITE_LIMITS,
} from './tokens.js';

export function registerNode(given: Given, once: Register): void {
  const { settings, clock, logger } = given;
  once(QUEUE_BUDGET, (c) => {
    const { maxCacheSizePoints, maxCacheBytes } = settings.cache;
    const pointsMax = Math.floor(maxCacheBytes / BYTES_PER_POINT_MAX);
    const shards = c.resolve(SHARD_MAP).shardsOf(given.name);
    return new QueueBudget(Math.min(maxCacheSizePoints, pointsMax), shards.length);
  });
  once(WRITE_LIMITS, () => new WriteLimits(settings.cache));
  once(MIRROR_SUPERVISORS, (c) => {
    const shardMap = c.resolve(SHARD_MAP);
    const streams = new NatsMirrors(given.connection, settings.nats);
    const shards = shardMap.shardsOf(given.name).map((shard) => ({
      shard,
      rank: shardMap.nodesOf(shard).findIndex((node) => node.name === given.name),
    }));
    const { mirrorFrom } = settings.cluster;
    const stuckAfterMs = settings.nats.mirrorStuckAfterMs;
    const shared = { layout: settings.cluster, shards, stuckAfterMs, streams, clock, log: logger };
    return mirrorFrom.map((datacentre) => new MirrorSupervisor({ ...shared, datacentre }));
  });
  once(NODE_FACTORY, (c) => {
    const shardMap = c.resolve(SHARD_MAP);
    const shards = shardMap.shardsOf(given.name);
    const folder = (shard: number): string => `${given.dataFolder}/${given.name}/shards/${shard}`;
    const openFilesMax = Math.floor(given.openFilesMax / Math.max(1, shards.length));
    const syncs = new SharedSync();
    const turns = new ReplayTurns(
      {
        atOnce: settings.cache.maxReplays,
        bytesPerSecond: settings.cache.maxReplayBytesPerSecond,
        liveLagMax: settings.cache.replayLagLimit,
      },
      clock,
    );
    return (changed) =>
      new Node(
        (replicaChanged, escalate) =>
          shards.map((shard) => {
            const budget = c.resolve(QUEUE_BUDGET).share();
            const shared = { budget, limits: c.resolve(WRITE_LIMITS), syncs };
            return new ReplicaRunner({
              shard,
              logs: shardLogs(shard, settings.cluster),
              make: () =>
                makeReplica(given, shard, folder(shard), shared, openFilesMax, replicaChanged),
              log: c.resolve(LOG_READER),
              budget,
              turns,
              clock,
              logger,
              checkpointIntervalMs: settings.cache.checkpointIntervalMs,
              escalate,
            });
          }),
        changed,
        clock,
      );
  });
}

/** The logs of a shard, in the order of their datacentres' names: it is the same in every datacentre. */
function shardLogs(shard: number, cluster: Settings['cluster']): ShardLog[] {
  const { datacentre, mirrorFrom } = cluster;
  const own: ShardLog = { datacentre, stream: shardStream(shard), isMirror: false };
  const others = mirrorFrom.map((from) => ({
    datacentre: from,
    stream: mirrorStream(shard, from),
    isMirror: true,
  }));
  return [own, ...others].sort((a, b) => (a.datacentre < b.datacentre ? -1 : 1));
}

function makeReplica(
  given: Given,
  shard: number,
  dataFolder: string,
  { budget, limits, syncs }: { budget: BudgetShare; limits: WriteLimits; syncs: SharedSync },
  openFilesMax: number,
  changed: () => void,
): ShardReplica {
  const { clock, logger, files } = given;
  const { cache } = given.settings;
  const rules = () => given.rules.current;
  const sparse = cache.whisperSparseCreate;
  const store = new WhisperStore({
    files,
    root: `${dataFolder}/whisper`,
    schemas: rules,
    openFilesMax,
    sparse,
    hashTagged: cache.tagHashFilenames,
    deferRollUps: cache.rollUpDelayMs > 0,
    coarseRollUpS: Math.floor((COARSE_DELAYS * cache.rollUpDelayMs) / 1_000),
  });
  return new ShardReplica({
    shard,
    logs: shardLogs(shard, given.settings.cluster),
    dataFolder,
    store,
    migration: new FileMigration({ files, store, rules, sparse }),
    taggedNames: new TaggedNames(files, `${dataFolder}/tagged-names`),
    index: new MetricIndex(),
    checkpointFile: new CheckpointFile(files, `${dataFolder}/checkpoint.json`),
    gapFile: new GapFile(files, `${dataFolder}/gaps.json`),
    budget,
    clock,
    log: logger,
    writeDelayMs: cache.writeDelayMs,
    strategy: cache.cacheWriteStrategy,
    updates: limits.updates,
    creates: limits.creates,
    rollUpDelayMs: cache.rollUpDelayMs,
    holdbackMs: cache.fsync ? 0 : cache.checkpointHoldbackMs,
    sync: () => syncs.sync(dataFolder),
    syncsEach: cache.fsync,
    changed,
  });
}
