import 'reflect-metadata';
import type { NatsConnection } from 'nats';
import {
  type DependencyContainer,
  type FactoryFunction,
  type InjectionToken,
  instanceCachingFactory,
  container as root,
} from 'tsyringe';
import { Membership } from './actors/membership/membership.js';
import { Node } from './actors/node/node.js';
import type { Bus, IngestSource } from './actors/ports/bus.js';
import type { Clock } from './actors/ports/clock.js';
import type { LogReader, LogWriter } from './actors/ports/log.js';
import type { Logger } from './actors/ports/logger.js';
import { ClusterObserver } from './actors/query/cluster-view.js';
import { NodeClient } from './actors/query/node-client.js';
import { Query } from './actors/query/query.js';
import { LineReceiver } from './actors/receiver/line-receiver.js';
import { RejectionLog } from './actors/receiver/rejection-log.js';
import { IngestReader } from './actors/relay/ingest.js';
import { Relay } from './actors/relay/relay.js';
import { QueueBudget } from './actors/shard/budget.js';
import { WriteLimits } from './actors/shard/rate-limit.js';
import { ReplicaRunner } from './actors/shard/replica-runner.js';
import { ShardReplica } from './actors/shard/shard-replica.js';
import type { Settings } from './config/settings.js';
import { NatsBus } from './edge/nats-bus.js';
import { NatsIngestSource } from './edge/nats-ingest.js';
import { NatsLogReader, NatsLogWriter } from './edge/nats-log.js';
import { syncFileSystem } from './edge/sync-file-system.js';
import { ShardMap } from './routing/shard-map.js';
import { CheckpointFile } from './storage/checkpoint.js';
import { FileMigration } from './storage/file-migration.js';
import type { Files } from './storage/files.js';
import type { LiveRules } from './storage/live-rules.js';
import { MetricIndex } from './storage/metric-index.js';
import { BYTES_PER_QUEUED_POINT } from './storage/point-queue.js';
import { WhisperStore } from './storage/whisper/store.js';

/** What a process has before anything is composed. */
export interface Given {
  settings: Settings;
  /** LOCAL_DATA_DIR, as an absolute path. */
  dataFolder: string;
  /** The name of this relay, node or api. */
  name: string;
  logger: Logger;
  clock: Clock;
  files: Files;
  rules: LiveRules;
  /** For publishing, requests and heartbeats. */
  connection: NatsConnection;
  /** For reading logs, so that a reader thrown out as too slow takes no acknowledgement with it. */
  readConnection: NatsConnection;
  openFilesMax: number;
}

function token<T>(name: string): InjectionToken<T> {
  return Symbol(name);
}

export const GIVEN = token<Given>('Given');
export const BUS = token<Bus>('Bus');
export const LOG_READER = token<LogReader>('LogReader');
export const LOG_WRITER = token<LogWriter>('LogWriter');
export const INGEST_SOURCE = token<IngestSource>('IngestSource');
export const SHARD_MAP = token<ShardMap>('ShardMap');
export const MEMBERSHIP = token<Membership>('Membership');
export const REJECTIONS = token<RejectionLog>('RejectionLog');
export const RELAY = token<Relay>('Relay');
export const INGEST_READER = token<IngestReader>('IngestReader');
export const LINE_RECEIVER = token<LineReceiver>('LineReceiver');
export const WRITE_LIMITS = token<WriteLimits>('WriteLimits');
export const QUEUE_BUDGET = token<QueueBudget>('QueueBudget');
export const NODE_FACTORY = token<(changed: () => void) => Node>('NodeFactory');
export const NODE_CLIENT = token<NodeClient>('NodeClient');
export const QUERY = token<Query>('Query');
export const OBSERVER = token<ClusterObserver>('ClusterObserver');

/** All readers of a connection together stay below half of the server's default `max_pending` (64 MiB). */
const PULL_BYTES_OF_CONNECTION = 24 * 1024 * 1024;
const PULL_BYTES_MAX = 2 * 1024 * 1024;
const REQUEST_TIMEOUT_MS = 5_000;

/** Composes a process. The only place that knows which class stands behind which port. */
export function compose(given: Given): DependencyContainer {
  const container = root.createChildContainer();
  container.register(GIVEN, { useValue: given });
  const once = <T>(what: InjectionToken<T>, make: FactoryFunction<T>): void => {
    container.register(what, { useFactory: instanceCachingFactory(make) });
  };
  registerBus(given, once);
  registerRelay(given, once);
  registerNode(given, once);
  registerQuery(given, once);
  return container;
}

type Register = <T>(what: InjectionToken<T>, make: FactoryFunction<T>) => void;

function registerBus({ settings, logger, clock, ...given }: Given, once: Register): void {
  const { cluster } = settings;
  once(BUS, () => new NatsBus(given.connection, logger));
  once(LOG_WRITER, () => new NatsLogWriter(given.connection));
  once(LOG_READER, () => {
    const pullBytes = Math.min(PULL_BYTES_MAX, PULL_BYTES_OF_CONNECTION / cluster.shardCount);
    return new NatsLogReader(given.readConnection, clock, logger, Math.floor(pullBytes));
  });
  once(SHARD_MAP, () => new ShardMap(cluster));
  once(
    MEMBERSHIP,
    (c) =>
      new Membership({
        bus: c.resolve(BUS),
        clock,
        log: logger,
        heartbeatIntervalMs: cluster.heartbeatIntervalMs,
        nodes: cluster.nodes.map((node) => node.name),
      }),
  );
}

function registerRelay({ settings, logger, clock, ...given }: Given, once: Register): void {
  const { relay, cluster } = settings;
  once(REJECTIONS, () => new RejectionLog(logger, clock));
  once(INGEST_SOURCE, () => new NatsIngestSource(given.readConnection, clock, logger));
  once(
    RELAY,
    (c) =>
      new Relay({
        ...relay,
        shardCount: cluster.shardCount,
        idPrefix: `${given.name}:${clock.nowMs()}`,
        log: c.resolve(LOG_WRITER),
        clock,
        logger,
        rejections: c.resolve(REJECTIONS),
      }),
  );
  once(
    INGEST_READER,
    (c) =>
      new IngestReader(c.resolve(INGEST_SOURCE), c.resolve(RELAY), c.resolve(REJECTIONS), clock),
  );
  once(LINE_RECEIVER, (c) => {
    const actor = c.resolve(RELAY);
    return new LineReceiver({
      accept: (block) => actor.accept(block),
      window: actor.window,
      rejections: c.resolve(REJECTIONS),
      clock,
      log: logger,
      connectionsMax: relay.maxReceiverConnections,
    });
  });
}

function registerNode(given: Given, once: Register): void {
  const { settings, clock, logger } = given;
  once(QUEUE_BUDGET, () => {
    const { maxCacheSizePoints, maxCacheBytes } = settings.cache;
    const pointsMax = Math.floor(maxCacheBytes / BYTES_PER_QUEUED_POINT);
    return new QueueBudget(Math.min(maxCacheSizePoints, pointsMax));
  });
  once(WRITE_LIMITS, () => new WriteLimits(settings.cache));
  once(NODE_FACTORY, (c) => {
    const shardMap = c.resolve(SHARD_MAP);
    const shared = { budget: c.resolve(QUEUE_BUDGET), limits: c.resolve(WRITE_LIMITS) };
    const shards = shardMap.shardsOf(given.name);
    const folder = (shard: number): string => `${given.dataFolder}/${given.name}/shards/${shard}`;
    const openFilesMax = Math.floor(given.openFilesMax / Math.max(1, shards.length));
    return (changed) =>
      new Node(
        (replicaChanged, escalate) =>
          shards.map(
            (shard) =>
              new ReplicaRunner({
                shard,
                make: () =>
                  makeReplica(given, shard, folder(shard), shared, openFilesMax, replicaChanged),
                log: c.resolve(LOG_READER),
                budget: shared.budget,
                clock,
                logger,
                checkpointIntervalMs: settings.cache.checkpointIntervalMs,
                escalate,
              }),
          ),
        changed,
      );
  });
}

function makeReplica(
  given: Given,
  shard: number,
  dataFolder: string,
  { budget, limits }: { budget: QueueBudget; limits: WriteLimits },
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
  });
  return new ShardReplica({
    shard,
    dataFolder,
    store,
    migration: new FileMigration({ files, store, rules, sparse }),
    index: new MetricIndex(),
    checkpointFile: new CheckpointFile(files, `${dataFolder}/checkpoint.json`),
    budget,
    clock,
    log: logger,
    writeDelayMs: cache.writeDelayMs,
    strategy: cache.cacheWriteStrategy,
    updates: limits.updates,
    creates: limits.creates,
    rollUpDelayMs: cache.rollUpDelayMs,
    holdbackMs: cache.fsync ? 0 : cache.checkpointHoldbackMs,
    sync: cache.fsync ? () => syncFileSystem(dataFolder) : undefined,
    changed,
  });
}

function registerQuery({ settings, clock, logger }: Given, once: Register): void {
  once(NODE_CLIENT, (c) => new NodeClient(c.resolve(BUS), REQUEST_TIMEOUT_MS));
  once(
    QUERY,
    (c) =>
      new Query({
        client: c.resolve(NODE_CLIENT),
        membership: c.resolve(MEMBERSHIP),
        shardMap: c.resolve(SHARD_MAP),
        clock,
        log: logger,
      }),
  );
  once(
    OBSERVER,
    (c) =>
      new ClusterObserver({
        datacentre: settings.cluster.datacentre,
        shardMap: c.resolve(SHARD_MAP),
        membership: c.resolve(MEMBERSHIP),
        log: c.resolve(LOG_READER),
        ingest: c.resolve(INGEST_SOURCE),
      }),
  );
}
