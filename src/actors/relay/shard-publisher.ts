import type { RelayShardAccounts } from '../../protocols/audit-messages.js';
import type { OpenBatch } from '../../protocols/folded-batch.js';
import { SequenceTally } from '../../protocols/sequence-tally.js';
import { shardSubject } from '../../protocols/subjects.js';
import { type Clock, sleep } from '../ports/clock.js';
import type { LogWriter } from '../ports/log.js';
import type { Logger } from '../ports/logger.js';
import type { BatchRooms } from './batch-rooms.js';
import type { Ticket } from './ticket.js';
import type { Window } from './window.js';

const RETRY_FIRST_MS = 100;
const RETRY_MAX_MS = 2_000;
const RETRY_FULL_MS = 1_000;

const NO_ROOM = new Uint8Array(0);

interface SealedBatch {
  id: string;
  /** In which `bytes` lie. */
  room: Uint8Array;
  bytes: Uint8Array;
  points: number;
  tickets: Set<Ticket>;
  sealedAtMs: number;
}

/** Publishing counters of all shards of one relay. */
export interface PublishCounters {
  batchesStored: number;
  pointsStored: number;
  publishRetries: number;
  logFull: number;
}

/**
 * Points of one shard on their way into its log. Batches are published one after the other, each again
 * under its id until the log has it: so the log has them in the order in which the relay read them, and
 * the last write of a point wins. While one is on its way the next one fills up, so the worse the latency
 * the larger the batches.
 */
export class ShardPublisher {
  readonly #shard: number;
  readonly #idPrefix: string;
  readonly #log: LogWriter;
  readonly #window: Window;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #counters: PublishCounters;
  readonly #batch: OpenBatch;
  readonly #sealed: SealedBatch[] = [];
  readonly #tally = new SequenceTally();
  #tickets = new Set<Ticket>();
  readonly #rooms: BatchRooms;
  #published = 0;
  #stored = 0;
  /** The last sequence that was acknowledged. */
  #lastSequence = 0;
  /** What came of the last try to publish the oldest batch, while it is not in the log. */
  #refusal: RelayShardAccounts['refusal'] = null;
  #publishing: Promise<void> | undefined;

  /** @param idPrefix unique for each start of each relay: message ids are `<prefix>:<shard>:<n>` */
  constructor(options: {
    shard: number;
    idPrefix: string;
    /** Where its points gather. */
    batch: OpenBatch;
    /** Where batches lie on their way. */
    rooms: BatchRooms;
    log: LogWriter;
    window: Window;
    clock: Clock;
    logger: Logger;
    counters: PublishCounters;
  }) {
    this.#shard = options.shard;
    this.#idPrefix = options.idPrefix;
    this.#batch = options.batch;
    this.#rooms = options.rooms;
    this.#log = options.log;
    this.#window = options.window;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#counters = options.counters;
  }

  /** Points of this input are in the batch that is being filled. */
  hold(ticket: Ticket): void {
    if (this.#tickets.has(ticket)) return;
    ticket.hold();
    this.#tickets.add(ticket);
  }

  /** Sends what has gathered, unless a batch is on its way: then it goes with the next one. */
  flush(): void {
    if (this.#publishing === undefined) this.seal();
  }

  /** Points that are in no log yet. */
  get pendingPoints(): number {
    let points = this.#batch.count;
    for (const batch of this.#sealed) points += batch.points;
    return points;
  }

  accounts(): RelayShardAccounts {
    const [oldest] = this.#sealed;
    return {
      shard: this.#shard,
      stored: this.#stored,
      pending: this.pendingPoints,
      oldestMs: oldest === undefined ? 0 : this.#clock.monotonicMs() - oldest.sealedAtMs,
      refusal: this.#refusal,
      tally: this.#tally.message(),
    };
  }

  /** The bytes of the batches that wait for their log, oldest first, for `locate`. */
  get waiting(): readonly { bytes: Uint8Array }[] {
    return this.#sealed;
  }

  /** Resolves once everything taken so far is in the log. */
  async drained(): Promise<void> {
    this.seal();
    await this.#publishing;
  }

  /** Closes the batch that is being filled and queues it for publishing. */
  seal(): void {
    if (this.#batch.count === 0) return;
    const points = this.#batch.count;
    let room: Uint8Array = NO_ROOM;
    const bytes = this.#batch.seal((length) => {
      room = this.#rooms.take(length);
      return room;
    });
    this.#sealed.push({
      id: `${this.#idPrefix}:${this.#shard}:${this.#published++}`,
      room,
      bytes,
      points,
      tickets: this.#tickets,
      sealedAtMs: this.#clock.monotonicMs(),
    });
    this.#tickets = new Set();
    this.#window.add(room.length);
    this.#publishing ??= this.#publishAll();
  }

  async #publishAll(): Promise<void> {
    for (let batch = this.#sealed[0]; batch !== undefined; batch = this.#sealed[0]) {
      const sequence = await this.#publish(batch);
      this.#sealed.shift();
      this.#count(sequence, batch.points);
      this.#rooms.giveBack(batch.room);
      this.#window.release(batch.room.length);
      for (const ticket of batch.tickets) ticket.release();
    }
    // In the same turn as the last look at `#sealed`: a batch closed after it starts publishing anew.
    this.#publishing = undefined;
  }

  #count(sequence: number, points: number): void {
    // Acknowledgements come in order: a sequence that goes back is of a log that was made anew.
    if (sequence <= this.#lastSequence || this.#lastSequence === 0) this.#tally.restart(sequence);
    this.#lastSequence = sequence;
    this.#tally.add(sequence, points);
    this.#refusal = null;
    this.#stored += points;
    this.#counters.batchesStored++;
    this.#counters.pointsStored += points;
  }

  /** Resolves with the sequence that the log has given to the batch. */
  async #publish(batch: SealedBatch): Promise<number> {
    const subject = shardSubject(this.#shard);
    for (let waitMs = RETRY_FIRST_MS; ; waitMs = Math.min(waitMs * 2, RETRY_MAX_MS)) {
      const outcome = await this.#log.publish(subject, batch.bytes, batch.id);
      if (outcome.type === 'stored') return outcome.sequence;
      this.#refusal = { isFull: outcome.type === 'full', reason: outcome.reason };
      if (outcome.type === 'full') {
        this.#counters.logFull++;
        this.#logger.error({ subject, reason: outcome.reason }, 'the shard log is full');
        await sleep(this.#clock, RETRY_FULL_MS);
      } else {
        this.#counters.publishRetries++;
        this.#logger.debug({ subject, reason: outcome.reason }, 'publishing a batch again');
        await sleep(this.#clock, waitMs);
      }
    }
  }
}
