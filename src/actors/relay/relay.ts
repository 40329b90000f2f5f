import {
  POINT_SOURCES,
  type PointSource,
  type RelayShardAccounts,
} from '../../protocols/audit-messages.js';
import { decodeBatch } from '../../protocols/batch.js';
import { pointBytesMax } from '../../protocols/folded-batch.js';
import { BatchKernel } from '../../protocols/kernel/batches/batch-kernel.js';
import type { Location } from '../../protocols/messages.js';
import { PointBlock } from '../../protocols/points.js';
import type { RejectionSink } from '../../protocols/rejection.js';
import { type ShardHash, shardOfName } from '../../routing/shard-hash.js';
import type { Cancel, Clock } from '../ports/clock.js';
import type { LogWriter } from '../ports/log.js';
import type { Logger } from '../ports/logger.js';
import { BatchRooms } from './batch-rooms.js';
import type { Pipeline } from './pipeline.js';
import { type PublishCounters, ShardPublisher } from './shard-publisher.js';
import type { Ticket } from './ticket.js';
import { Window } from './window.js';

/** A name longer than this has no file (`PATH_MAX`); it is refused before it can travel further. */
export const NAME_BYTES_MAX = 4_000;

/** What a relay does with points; every one of them ends in a counter. */
export interface RelayCounters extends PublishCounters {
  pointsReceived: number;
  /** Of those, points that the relay's rules have refused. */
  pointsRefused: number;
}

/** Routes points to the logs of their shards. Pure routing, and a bounded window of what no log has yet. */
export class Relay {
  readonly window: Window;
  readonly counters: RelayCounters = {
    pointsReceived: 0,
    pointsRefused: 0,
    batchesStored: 0,
    pointsStored: 0,
    publishRetries: 0,
    logFull: 0,
  };
  /** Points received, by the way on which they came. */
  readonly received = Object.fromEntries(POINT_SOURCES.map((source) => [source, 0])) as Record<
    PointSource,
    number
  >;
  readonly #shardHash: ShardHash;
  readonly #pipeline: Pipeline;
  readonly #batches: BatchKernel;
  readonly #publishers: readonly ShardPublisher[];
  /** By shard, points of the open batch that the present input did not bring. */
  readonly #foreign: Uint32Array;
  #ticket: Ticket | undefined;
  readonly #cancelFlush: Cancel;

  constructor(options: {
    shardHash: ShardHash;
    pipeline: Pipeline;
    idPrefix: string;
    batchBytes: number;
    windowBytes: number;
    flushIntervalMs: number;
    log: LogWriter;
    clock: Clock;
    logger: Logger;
    rejections: RejectionSink;
  }) {
    this.#shardHash = options.shardHash;
    this.#pipeline = options.pipeline;
    this.window = new Window(options.windowBytes);
    const { window, counters } = this;
    const { shardHash, rejections } = options;
    const { shardCount } = shardHash;
    const batchBytes = Math.max(options.batchBytes, pointBytesMax(NAME_BYTES_MAX));
    this.#foreign = new Uint32Array(shardCount);
    this.#batches = new BatchKernel(
      {
        shardCount,
        batchBytes,
        nameBytesMax: NAME_BYTES_MAX,
      },
      {
        choose: (block, from, to, shards) => shardHash.shardsOf(block, from, to, shards),
        full: (shard) => this.#seal(shard),
        refused: (reason, { bytes, nameStart, nameEnd }, i) => {
          rejections.reject(reason, bytes, nameStart[i], nameEnd[i]);
          counters.pointsRefused++;
        },
      },
    );
    const rooms = new BatchRooms(options.windowBytes);
    this.#publishers = this.#batches.batches.map(
      (batch, shard) => new ShardPublisher({ ...options, batch, rooms, shard, window, counters }),
    );
    this.#cancelFlush = options.clock.every(options.flushIntervalMs, () => this.flush());
  }

  /**
   * Takes the points of a block into the batches of their shards. The caller stops while the window is
   * full; what it hands over nevertheless is taken.
   */
  accept(block: PointBlock, ticket?: Ticket, source: PointSource = 'line'): void {
    const received = block.count;
    this.counters.pointsReceived += received;
    this.received[source] += received;
    this.#pipeline.process(block);
    this.counters.pointsRefused += received - block.count;
    if (ticket === undefined) this.#batches.append(block);
    else this.#appendHeld(block, ticket);
  }

  #appendHeld(block: PointBlock, ticket: Ticket): void {
    const { batches } = this.#batches;
    batches.forEach((batch, shard) => {
      this.#foreign[shard] = batch.count;
    });
    this.#ticket = ticket;
    this.#batches.append(block);
    for (let shard = 0; shard < batches.length; shard++) this.#hold(shard);
    this.#ticket = undefined;
  }

  /** The present input waits for the open batch of a shard, if it brought points of it. */
  #hold(shard: number): void {
    if (this.#ticket !== undefined && this.#batches.batches[shard].count > this.#foreign[shard])
      this.#publishers[shard].hold(this.#ticket);
  }

  #seal(shard: number): void {
    this.#hold(shard);
    this.#foreign[shard] = 0;
    this.#publishers[shard].seal();
  }

  /** Starts publishing what has gathered. */
  flush(): void {
    for (const publisher of this.#publishers) publisher.flush();
  }

  /** Points that are in no log yet. */
  get pendingPoints(): number {
    let points = 0;
    for (const publisher of this.#publishers) points += publisher.pendingPoints;
    return points;
  }

  /** What became of the points of each shard. */
  shardAccounts(): RelayShardAccounts[] {
    return this.#publishers.map((publisher) => publisher.accounts());
  }

  /** Takes nothing more; resolves once all that was taken is in the logs. */
  async drain(): Promise<void> {
    this.#cancelFlush();
    await Promise.all(this.#publishers.map((publisher) => publisher.drained()));
  }

  /** The points of a metric that wait in this relay. A look through its window: for operators, not for queries. */
  locate(name: string): Location {
    const publisher = this.#publishers[shardOfName(this.#shardHash, name)];
    publisher.seal();
    const location: Location = {
      place: 'relay',
      points: 0,
      newestTimestamp: null,
      newestValue: null,
    };
    const block = new PointBlock();
    for (const batch of publisher.waiting) {
      decodeBatch(batch.bytes, block);
      for (let i = 0; i < block.count; i++)
        if (block.name(i) === name) addPoint(location, block, i);
    }
    return location;
  }
}

function addPoint(location: Location, block: PointBlock, i: number): void {
  location.points++;
  if (location.newestTimestamp === null || block.timestamps[i] >= location.newestTimestamp) {
    location.newestTimestamp = block.timestamps[i];
    location.newestValue = block.values[i];
  }
}
