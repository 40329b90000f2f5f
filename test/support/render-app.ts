import { Membership } from '../../src/actors/membership/membership.js';
import type { Clock } from '../../src/actors/ports/clock.js';
import type { LogWriter } from '../../src/actors/ports/log.js';
import type { Logger } from '../../src/actors/ports/logger.js';
import type { RenderLimits } from '../../src/actors/query/evaluation-options.js';
import { Events } from '../../src/actors/query/events.js';
import { FindCache } from '../../src/actors/query/find-cache.js';
import { Inquiries } from '../../src/actors/query/inquiry.js';
import { MetricHeaders } from '../../src/actors/query/metric-headers.js';
import { NodeClient } from '../../src/actors/query/node-client.js';
import { Query } from '../../src/actors/query/query.js';
import { DrawingPool } from '../../src/edge/drawing/drawing-pool.js';
import { AnswerCache, type AnswerCacheOptions } from '../../src/edge/http/answer-cache.js';
import { backendRoutes } from '../../src/edge/http/backend-routes.js';
import { eventRoutes } from '../../src/edge/http/event-routes.js';
import { expandRoutes } from '../../src/edge/http/expand-routes.js';
import { findRoutes } from '../../src/edge/http/find-routes.js';
import { functionRoutes } from '../../src/edge/http/function-routes.js';
import { infoRoutes } from '../../src/edge/http/info-routes.js';
import { renderRoutes } from '../../src/edge/http/render-routes.js';
import { RequestLog, type RequestLogOptions } from '../../src/edge/http/request-log.js';
import { type HttpOptions, HttpServer } from '../../src/edge/http/server.js';
import { tagRoutes } from '../../src/edge/http/tag-routes.js';
import { versionRoutes } from '../../src/edge/http/version-routes.js';
import { limited, within } from '../../src/edge/limited-work.js';
import { RenderPool } from '../../src/edge/rendering/render-pool.js';
import { decode, encode } from '../../src/protocols/codec.js';
import type { Replies, Request } from '../../src/protocols/messages.js';
import { requestSubject } from '../../src/protocols/subjects.js';
import { ShardMap } from '../../src/routing/shard-map.js';
import { answerTags } from '../../src/storage/tags/tag-questions.js';
import { FakeBus } from './fake-bus.js';
import { HEARTBEAT_MS, REQUEST_TIMEOUT_MS } from './fake-cluster.js';
import { FakeLogReader } from './fake-log-reader.js';
import { FakeLogger } from './fake-logger.js';
import { settled } from './fake-time.js';
import { blocksOf, matchingOf } from './found.js';
import { RenderDataset } from './render-dataset.js';
import { RENDER_LIMITS } from './render-limits.js';
import { SimulatedClock } from './simulated-clock.js';

const NODE = 'node1';
/** A node that never answers, where there is to be one. */
const SILENT_NODE = 'node2';

const PLAIN = {
  corsOrigins: [],
  compression: false,
  trustedProxies: '',
  requestsPerSecondMax: 0,
  readTokens: () => [],
};
const UNCACHED = { renderCacheMs: 0, findCacheMs: 0, cacheBytesMax: 2 ** 20 };

export interface RenderApp {
  readonly clock: SimulatedClock;
  readonly log: FakeLogger;
  readonly cache: AnswerCache;
  readonly finds: FindCache;
  readonly inquiries: Inquiries;
  readonly bus: FakeBus;
  readonly pool: RenderPool;
  readonly http: HttpServer;
  readonly dataset: RenderDataset;
  close(): Promise<void>;
}

/** The HTTP interface over one node that holds the store of the `render` vectors, at their time. */
export async function renderApp(
  options: Partial<HttpOptions> &
    Partial<AnswerCacheOptions> &
    Partial<RequestLogOptions> & {
      /** Of 4 shards, another node has some, and does not answer. */
      lacksShards?: boolean;
      /** The node says of each find that there is more. */
      cutsOff?: boolean;
      failOnPartial?: boolean;
      limits?: Partial<RenderLimits>;
      /** From how many points on a request is evaluated in the pool; 0: all that fetch something. */
      longPoints?: number;
    } = {},
): Promise<RenderApp> {
  const clock = Object.assign(new SimulatedClock(), { limited, within });
  const log = new FakeLogger();
  const bus = new FakeBus(clock);
  const dataset = new RenderDataset();
  const names = options.lacksShards ? [NODE, SILENT_NODE] : [NODE];
  const shardMap = new ShardMap({
    epoch: 1,
    shardCount: options.lacksShards ? 4 : 1,
    replicationFactor: 1,
    nodes: names.map((name) => ({ name, zone: name })),
    routerHashType: 'jump_fnv1a_ch',
  });
  bus.serve(requestSubject('node', NODE), async (bytes) => {
    const { cutsOff = false } = options;
    const value = reply(dataset, decode(bytes) as Request, shardMap.shardsOf(NODE), cutsOff);
    return encode({ ok: true, value });
  });
  const membership = new Membership({
    bus,
    clock,
    log,
    heartbeatIntervalMs: HEARTBEAT_MS,
    nodes: names,
  });
  const client = new NodeClient(bus, REQUEST_TIMEOUT_MS);
  const query = new Query({ client, membership, shardMap, clock, log });
  const headers = new MetricHeaders({ client, membership, shardMap });
  const drawings = new DrawingPool();
  const limits = { ...RENDER_LIMITS, ...options.limits };
  const { longPoints = Number.POSITIVE_INFINITY } = options;
  const pool = new RenderPool({ ...limits, longPoints });
  const events = await eventsOf(dataset, clock, log);
  const finds = new FindCache({ ttlMs: options.findCacheMs ?? 0, bytesMax: 2 ** 20 }, clock);
  const cache = new AnswerCache({ ...UNCACHED, ...options }, clock);
  const inquiries = new Inquiries(options.failOnPartial ?? false);
  const http = await HttpServer.create(
    [
      renderRoutes({
        query,
        events,
        finds,
        clock,
        limits,
        drawings,
        pool,
      }),
      findRoutes({ query, headers, clock }),
      expandRoutes(query),
      tagRoutes(query),
      functionRoutes,
      eventRoutes(events, clock),
      versionRoutes,
      infoRoutes(headers),
      backendRoutes,
    ],
    { ...PLAIN, ...options },
    log,
    {
      cache,
      inquiries,
      requests: new RequestLog({ slowRequestMs: 0, requestLog: false, ...options }, log),
    },
  );
  return {
    http,
    dataset,
    inquiries,
    bus,
    pool,
    clock,
    log,
    cache,
    finds,
    async close() {
      membership.stop();
      events.stop();
      await http.close();
      await drawings.close();
      await pool.close();
    },
  };
}

async function eventsOf(dataset: RenderDataset, clock: Clock, log: Logger): Promise<Events> {
  const reader = new FakeLogReader();
  for (const event of dataset.events) reader.append(Buffer.from(JSON.stringify(event)));
  const writer: LogWriter = {
    publish: async (_subject, bytes) => ({ type: 'stored', sequence: reader.append(bytes) }),
  };
  const events = new Events({ reader, writer, clock, log, name: 'api' });
  events.start();
  await settled();
  return events;
}

function lastPart({ path, isLeaf }: { path: string; isLeaf: boolean }) {
  return { path: path.slice(path.lastIndexOf('.') + 1), isLeaf };
}

function reply(
  dataset: RenderDataset,
  request: Request,
  shards: readonly number[],
  cutsOff: boolean,
): Replies[Request['type']] {
  switch (request.type) {
    case 'find': {
      const matching = dataset.nodes(request.query);
      const wanted = request.leavesOnly ? matching.filter(({ isLeaf }) => isLeaf) : matching;
      const all = wanted.slice(0, request.limit);
      const nodes = request.namesOnly ? all.map(lastPart) : all;
      const paths = (isLeaves: boolean) =>
        nodes.flatMap(({ path, isLeaf }) => (isLeaf === isLeaves ? [path] : []));
      return {
        leaves: paths(true),
        branches: paths(false),
        shards: [...shards],
        truncated: cutsOff || wanted.length > request.limit,
      };
    }
    case 'fetch': {
      const { names, fromS, untilS, nowS } = request;
      const all = names.flatMap((name) => dataset.fetch(name, fromS, untilS, nowS) ?? []);
      return { blocks: blocksOf(names, all) };
    }
    case 'fetchMatching': {
      const { query, limit, fromS, untilS, nowS } = request;
      const matching = dataset.find(query);
      const names = matching.slice(0, limit);
      const all = names.flatMap((name) => dataset.fetch(name, fromS, untilS, nowS) ?? []);
      const truncated = cutsOff || matching.length > limit;
      return { ...matchingOf(names, all, request), shards: [...shards], truncated };
    }
    case 'tags': {
      const answer = answerTags(dataset.tags, request.question);
      return { shards: shards.map((shard) => ({ shard, ...answer })) };
    }
    case 'changeTags':
      for (const name of request.register) dataset.tags.add(name);
      for (const name of request.remove) dataset.tags.remove(name);
      return null;
    case 'info':
      return { metrics: request.names.flatMap((name) => dataset.info(name) ?? []) };
    default:
      throw new Error(`the store of the vectors is not asked to ${request.type}`);
  }
}
