import { Membership } from '../../src/actors/membership/membership.js';
import { sleep } from '../../src/actors/ports/clock.js';
import { Inquiries } from '../../src/actors/query/inquiry.js';
import { NodeClient } from '../../src/actors/query/node-client.js';
import { Query } from '../../src/actors/query/query.js';
import { columnBytes, decode, encode } from '../../src/protocols/codec.js';
import type { Heartbeat, ReplayReport, ReplicaState } from '../../src/protocols/heartbeat.js';
import type {
  CachedMessage,
  InfoMessage,
  Request,
  SentRequest,
} from '../../src/protocols/messages.js';
import { HEARTBEAT_SUBJECT, requestSubject } from '../../src/protocols/subjects.js';
import type { Series } from '../../src/query/series.js';
import { ShardMap } from '../../src/routing/shard-map.js';
import { FakeBus } from './fake-bus.js';
import { FakeLogger } from './fake-logger.js';
import { blocksOf, matchingOf } from './found.js';
import { SimulatedClock } from './simulated-clock.js';

export const HEARTBEAT_MS = 1000;
export const REQUEST_TIMEOUT_MS = 5000;

const LAYOUT = {
  ...{ epoch: 1, shardCount: 8, replicationFactor: 2, routerHashType: 'jump_fnv1a_ch' },
  nodes: 'node1:node1, node2:node2, node3:node3',
};

/** A heartbeat of a live process without shards, but for what is said. */
export function heartbeat(some: Partial<Heartbeat>): Heartbeat {
  return {
    role: 'node',
    name: 'node1',
    zone: 'a',
    pid: 1,
    incarnation: 1,
    state: 'live',
    layout: LAYOUT,
    shards: [],
    counters: {},
    ...some,
  };
}

/** What one fake node says when it is asked. */
export interface FakeNode {
  /** Values by metric, from `FROM_S` on, a second each; NaN is a hole. */
  metrics: Record<string, number[]>;
  queued: Record<string, [number, number][]>;
  truncated: boolean;
  /** Aggregation methods of the files it has, by metric. */
  methods: Record<string, string>;
  /** Shards that it leaves out of what it finds. */
  notReady: number[];
  /** Of what matches it tells the names alone. */
  hasTooMany: boolean;
  /** How long it takes to answer. */
  delayMs: number;
}

export const FROM_S = 1_700_000_000;

/** Nodes that answer from a table, and a query over them: 3 nodes, 8 shards, 2 replicas. */
export class FakeCluster {
  readonly clock = new SimulatedClock();
  readonly logger = new FakeLogger();
  readonly bus = new FakeBus(this.clock);
  readonly shardMap: ShardMap;
  readonly membership: Membership;
  /** What `query` is asked for. */
  readonly inquiry = new Inquiries(false).open();
  readonly query: Query;
  readonly nodes = new Map<string, FakeNode>();
  /** Every request, with the node that got it. */
  readonly asked: { node: string; request: SentRequest }[] = [];

  constructor(replicationFactor = 2) {
    const names = ['node1', 'node2', 'node3'];
    this.shardMap = new ShardMap({
      routerHashType: 'jump_fnv1a_ch',
      epoch: 1,
      shardCount: 8,
      replicationFactor,
      nodes: names.map((name) => ({ name, zone: name })),
    });
    this.membership = new Membership({
      bus: this.bus,
      clock: this.clock,
      log: this.logger,
      heartbeatIntervalMs: HEARTBEAT_MS,
      nodes: names,
    });
    const parts = {
      client: new NodeClient(this.bus, REQUEST_TIMEOUT_MS),
      membership: this.membership,
      shardMap: this.shardMap,
      clock: this.clock,
      log: this.logger,
    };
    this.query = new Query(parts, this.inquiry);
    for (const name of names) {
      this.nodes.set(name, {
        metrics: {},
        queued: {},
        truncated: false,
        notReady: [],
        hasTooMany: false,
        methods: {},
        delayMs: 0,
      });
      this.bus.serve(requestSubject('node', name), (bytes) => this.#answer(name, bytes));
    }
  }

  /** A heartbeat of each node that is named, with one state for all its replicas; a node that replays says how; `gaps` by node. */
  beat(
    states: Record<string, ReplicaState>,
    replay?: ReplayReport,
    gaps: Readonly<Record<string, number>> = {},
  ): void {
    for (const [name, state] of Object.entries(states)) {
      const shards = this.shardMap.shardsOf(name).map((shard) => ({
        shard,
        state,
        checkpoint: 5,
        applied: 7,
        logEnd: 7,
        mirrored: [],
        queuePoints: 2,
        rollUpsWaiting: 0,
        dataFolder: `/data/${name}/shards/${shard}`,
        gaps: gaps[name] ?? 0,
        gapsIrreparable: 0,
      }));
      const live = state === 'live' || state === 'degraded';
      this.bus.publish(
        HEARTBEAT_SUBJECT,
        encode(
          heartbeat({
            ...{ name, state: live ? 'live' : 'replaying', shards },
            ...(state === 'replaying' && replay && { replay }),
          }),
        ),
      );
    }
  }

  node(name: string): FakeNode {
    return this.nodes.get(name)!;
  }

  /** The node stops answering, without a word. */
  silence(name: string): void {
    this.bus.silent.add(requestSubject('node', name));
  }

  /** The names of the nodes of a metric, the first choice of its placement first. */
  homes(metric: string): string[] {
    return this.shardMap.nodesOf(this.shardMap.shardOfMetric(metric)).map((node) => node.name);
  }

  async #answer(name: string, bytes: Uint8Array): Promise<Uint8Array> {
    const request = decode(bytes) as SentRequest;
    this.asked.push({ node: name, request });
    const { delayMs } = this.node(name);
    if (delayMs > 0) await sleep(this.clock, delayMs);
    return encode({ ok: true, value: this.#reply(this.node(name), request) });
  }

  #reply(node: FakeNode, request: SentRequest): unknown {
    if (request.type === 'cancel') return null;
    if (request.type === 'compare') return { taken: request.names.length };
    if (request.type === 'find') {
      const leaves = Object.keys(node.metrics);
      const shards = request.shards.filter((one) => !node.notReady.includes(one));
      return { leaves, branches: [], shards, truncated: node.truncated };
    }
    if (request.type === 'fetch') {
      return { blocks: blocksOf(request.names, seriesOf(node, request.names)) };
    }
    if (request.type === 'fetchMatching') return this.#matching(node, request);
    if (request.type === 'cached') return { metrics: queuedOf(node, request.names) };
    if (request.type === 'info') return { metrics: infoOf(node, request.names) };
    if (request.type === 'setAggregationMethod') return { old: setMethod(node, request) };
    throw new Error('a fake node does not locate');
  }

  #matching(node: FakeNode, request: Extract<Request, { type: 'fetchMatching' }>) {
    const { shards: asked } = request;
    const shards = asked.filter((one) => !node.notReady.includes(one));
    const names = Object.keys(node.metrics).filter((name) =>
      shards.includes(this.shardMap.shardOfMetric(name)),
    );
    const told = { shards, truncated: node.truncated };
    if (node.hasTooMany) return { names, ...told, blocks: null };
    return { ...matchingOf(names, seriesOf(node, names), request), ...told };
  }
}

function seriesOf(node: FakeNode, names: readonly string[]): Series[] {
  return names
    .filter((name) => name in node.metrics)
    .map((name) => ({
      name,
      startS: FROM_S,
      endS: FROM_S + node.metrics[name].length,
      stepS: 1,
      values: Float64Array.from(node.metrics[name]),
    }));
}

function queuedOf(node: FakeNode, names: readonly string[]): CachedMessage[] {
  return names.map((name) => {
    const points = node.queued[name] ?? [];
    return {
      name,
      timestamps: columnBytes(Float64Array.from(points.map(([timestamp]) => timestamp))),
      values: columnBytes(Float64Array.from(points.map(([, value]) => value))),
    };
  });
}

function infoOf(node: FakeNode, names: readonly string[]): InfoMessage[] {
  return names
    .filter((name) => name in node.methods)
    .map((name) => ({
      name,
      aggregationMethod: node.methods[name],
      maxRetention: 60,
      xFilesFactor: 0.5,
      archives: [{ secondsPerPoint: 1, points: 60 }],
    }));
}

function setMethod(
  node: FakeNode,
  { name, method }: { name: string; method: string },
): string | null {
  const old = node.methods[name];
  if (old === undefined) return null;
  node.methods[name] = method;
  return old;
}
