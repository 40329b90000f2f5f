import { Membership } from '../../src/actors/membership/membership.js';
import { NodeClient } from '../../src/actors/query/node-client.js';
import { NodeRepairs } from '../../src/actors/repair/node-repairs.js';
import { Pace } from '../../src/actors/repair/pace.js';
import { Peers } from '../../src/actors/repair/peers.js';
import type { RetiredFiles } from '../../src/actors/repair/retired-files.js';
import { RetiredShards } from '../../src/actors/repair/retired-shards.js';
import { decode, encode } from '../../src/protocols/codec.js';
import type { Heartbeat } from '../../src/protocols/heartbeat.js';
import type { ClusterLayout } from '../../src/protocols/layout.js';
import type { RepairRequest } from '../../src/protocols/repair-messages.js';
import { HEARTBEAT_SUBJECT, requestSubject } from '../../src/protocols/subjects.js';
import { ShardMap } from '../../src/routing/shard-map.js';
import { FakeBus } from './fake-bus.js';
import { FakeLogger } from './fake-logger.js';
import type { FakeReplica } from './fake-replica.js';
import { settled } from './fake-time.js';
import type { SimulatedClock } from './simulated-clock.js';

export const SETTLE_S = 30;
const BEAT_MS = 1_000;

/** Nodes of which each keeps one replica of the only shard, or only files of it, on one bus and one clock. */
export class FakePeers {
  readonly clock: SimulatedClock;
  readonly bus: FakeBus;
  /** Nodes whose heartbeats and answers do not come. */
  readonly silent = new Set<string>();
  /** What nodes say of their layout that the others do not. */
  readonly layouts = new Map<string, Partial<ClusterLayout>>();
  /** The code with which removing a folder fails. */
  removalFailure: string | undefined;
  readonly repairs = new Map<string, NodeRepairs>();
  readonly #shardMap: ShardMap;
  readonly #names: readonly string[];

  constructor(clock: SimulatedClock, names: readonly string[]) {
    this.clock = clock;
    this.bus = new FakeBus(clock);
    this.#names = names;
    this.#shardMap = new ShardMap({
      epoch: 1,
      shardCount: 1,
      replicationFactor: names.length,
      nodes: names.map((name) => ({ name, zone: '' })),
      routerHashType: 'jump_fnv1a_ch',
    });
  }

  add(
    name: string,
    replica: FakeReplica | undefined,
    { intervalMs = 0, retired = [] as RetiredFiles[], removed = [] as number[] } = {},
  ): NodeRepairs {
    const { clock, bus } = this;
    const shardMap = this.#shardMap;
    const client = new NodeClient(bus, 1_000);
    const log = new FakeLogger();
    const membership = new Membership({
      ...{ bus, clock, log },
      heartbeatIntervalMs: BEAT_MS,
      nodes: this.#names,
    });
    const pace = new Pace(1e9, clock);
    const files = new RetiredShards({
      ...{ files: retired, shardMap, membership, client, pace, clock, log },
      removeFolder: (shard) => this.#removal(shard, removed),
    });
    const repairs = new NodeRepairs({
      runners: () => (replica === undefined ? [] : [replica.runner]),
      retired: files,
      peers: new Peers({ own: name, shardMap, membership, client }),
      pace,
      settleS: SETTLE_S,
      ...{ client, clock, log, intervalMs },
    });
    this.repairs.set(name, repairs);
    bus.serve(requestSubject('node', name), async (bytes) => {
      if (this.silent.has(name)) return new Promise(() => undefined);
      const request = decode(bytes) as RepairRequest;
      return repairs.answer(request).then(
        (value) => encode({ ok: true, value }),
        (error) => encode({ ok: false, code: 'REFUSED', message: String(error) }),
      );
    });
    clock.every(BEAT_MS, () => {
      if (this.silent.has(name)) return;
      const heartbeat: Partial<Heartbeat> = {
        ...{ role: 'node', name, state: 'live', counters: {} },
        shards: replica === undefined ? [] : [replica.runner.report()],
        layout: { ...shardMap.layout, ...this.layouts.get(name) },
        retired: files.reports(),
      };
      bus.publish(HEARTBEAT_SUBJECT, encode(heartbeat));
    });
    return repairs;
  }

  *#removal(shard: number, removed: number[]): Generator<void> {
    if (this.removalFailure !== undefined) throw new Error(this.removalFailure);
    removed.push(shard);
    yield;
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 500) {
      this.clock.advance(500);
      for (let turn = 0; turn < 3; turn++) await settled();
    }
  }
}
