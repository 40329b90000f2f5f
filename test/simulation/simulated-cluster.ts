import { Membership } from '../../src/actors/membership/membership.js';
import type { Bus } from '../../src/actors/ports/bus.js';
import type { LogPlace } from '../../src/actors/ports/log.js';
import type { Logger } from '../../src/actors/ports/logger.js';
import { INGEST_STREAM } from '../../src/protocols/subjects.js';
import { ShardMap } from '../../src/routing/shard-map.js';
import type { Random } from '../support/random.js';
import { Losses } from './losses.js';
import { SimulatedBus } from './simulated-bus.js';
import { SimulatedConnection } from './simulated-connection.js';
import { SimulatedDisk } from './simulated-disk.js';
import { SimulatedNats } from './simulated-nats.js';
import { SimulatedNode, shardFolder } from './simulated-node.js';
import { type Host, SimulatedProcess } from './simulated-process.js';
import { SimulatedRelay } from './simulated-relay.js';
import { HEARTBEAT_MS } from './simulated-repairs.js';
import type { SimulatedTime } from './simulated-time.js';
import type { Trace } from './trace.js';
import { logsOf, type WorldShape } from './world-shape.js';

/** What one life of a process gets from its world. */
export interface Parts {
  shape: WorldShape;
  shardMap: ShardMap;
  process: SimulatedProcess;
  connection: SimulatedConnection;
  bus: Bus;
  logger: Logger;
}

/** A machine and the process on it, which is started again whenever it has died. */
export interface Place<T> extends Host {
  lives: number;
  process: SimulatedProcess;
  connection: SimulatedConnection;
  running: T;
  /** Longest time until it is started again. */
  restartMaxMs: number;
}

export interface NodePlace extends Place<SimulatedNode> {
  disk: SimulatedDisk;
  shards: readonly number[];
}

/** What a replica is made to crash by; often enough it ends its node, as it should. */
export const INJECTED_BUG = 'a bug in a replica';

/** Relays, nodes and one that watches them, with nats-server between them. */
export class SimulatedCluster {
  readonly nats: SimulatedNats;
  readonly losses: Losses;
  readonly shardMap: ShardMap;
  readonly relays: Place<SimulatedRelay>[] = [];
  readonly nodes: NodePlace[] = [];
  readonly membership: Membership;
  /** Replicas that crashed too often, which nothing here should make them do. */
  readonly escalations: string[] = [];
  readonly #shape: WorldShape;
  readonly #time: SimulatedTime;
  readonly #random: Random;
  readonly #trace: Trace;

  constructor(shape: WorldShape, time: SimulatedTime, random: Random, trace: Trace) {
    this.#shape = shape;
    this.#time = time;
    this.#random = random;
    this.#trace = trace;
    this.nats = new SimulatedNats(time, random);
    this.losses = new Losses(this.nats);
    this.nats.make(INGEST_STREAM);
    this.shardMap = new ShardMap({
      epoch: 1,
      shardCount: shape.shardCount,
      replicationFactor: shape.replicationFactor,
      routerHashType: 'jump_fnv1a_ch',
      nodes: shape.nodes.map((name) => ({ name, zone: name })),
    });
    for (let shard = 0; shard < shape.shardCount; shard++)
      for (const { stream } of logsOf(shape, shard)) this.nats.make(stream);
    const watcher = new SimulatedProcess({ name: 'watcher', wallOffsetMs: 0 }, time);
    this.membership = new Membership({
      bus: new SimulatedBus(this.nats, watcher),
      clock: watcher,
      log: trace.logger('watcher'),
      heartbeatIntervalMs: HEARTBEAT_MS,
      nodes: shape.nodes,
    });
    for (const name of shape.relays) this.#addRelay(name);
    for (const name of shape.nodes) this.#addNode(name);
  }

  /** All machines. */
  get places(): Place<unknown>[] {
    return [...this.relays, ...this.nodes];
  }

  #addRelay(name: string): void {
    const place = this.#emptyPlace<SimulatedRelay>(name);
    this.relays.push(place);
    this.#start(place, (parts) => new SimulatedRelay(parts, place.lives));
  }

  #addNode(name: string): void {
    const place: NodePlace = {
      ...this.#emptyPlace<SimulatedNode>(name),
      disk: new SimulatedDisk(this.#time, this.#random),
      shards: this.shardMap.shardsOf(name),
    };
    this.nodes.push(place);
    const escalated = (text: string): void => {
      if (text !== INJECTED_BUG) this.escalations.push(`${name}: ${text}`);
    };
    this.#start(place, (parts) => {
      this.#noteLost(place, parts.connection);
      return new SimulatedNode(parts, place.disk, place.shards, place.lives, escalated);
    });
  }

  /** What a replica of the node will never read: it is behind its checkpoint, and retention has removed it. */
  #noteLost({ name, disk, shards }: NodePlace, connection: SimulatedConnection): void {
    connection.onBegin = (stream) =>
      this.losses.noteBegin(name, stream, savedCheckpoint(disk, shards, stream));
    connection.onReading = (stream, reached, first) =>
      this.losses.noteReading(name, stream, reached, first);
  }

  #emptyPlace<T>(name: string): Place<T> {
    return { name, wallOffsetMs: 0, lives: 0, restartMaxMs: 1_000 } as Place<T>;
  }

  #start<T>(place: Place<T>, make: (parts: Parts) => T): void {
    place.lives++;
    place.process = new SimulatedProcess(place, this.#time);
    place.connection = new SimulatedConnection(this.nats, place.process, this.#random);
    place.process.onDeath = (how) => {
      this.#trace.note(place.name, how);
      this.#time.after(this.#random.int(100, place.restartMaxMs), () => {
        this.#trace.note(place.name, `starts, life ${place.lives + 1}`);
        this.#start(place, make);
      });
    };
    const { process, connection } = place;
    const logger = this.#trace.logger(place.name);
    const bus = new SimulatedBus(this.nats, process);
    const { shardMap } = this;
    place.running = make({ shape: this.#shape, shardMap, process, connection, bus, logger });
  }
}

/** How far the files of a node have come in a stream, as its checkpoint files say; 0 where they say nothing. */
function savedCheckpoint(disk: SimulatedDisk, shards: readonly number[], stream: string): LogPlace {
  for (const shard of shards) {
    const path = `${shardFolder(shard)}/checkpoint.json`;
    if (!disk.cache.has(path)) continue;
    const saved = JSON.parse(Buffer.from(disk.cache.readAll(path)).toString('utf8'));
    for (const log of saved.logs) if (log.stream === stream) return log;
  }
  return { sequence: 0, storedAtMs: 0 };
}
