import { CarbonbusError } from '../../errors.js';
import { ColumnRooms } from '../../protocols/column-rooms.js';
import type { Waiter } from '../ports/bus.js';
import type { Cancel } from '../ports/clock.js';
import { SharedRooms } from './shared-rooms.js';

/** Of a reply. Larger ones are parts of long requests, whose points go to other threads. */
const ROOM_POINTS_MAX = 2 ** 15;

/** How complete the answers of the nodes are. A replica is one node's copy of one shard. */
export interface Completeness {
  readonly shardsAsked: number;
  readonly shardsAnswered: number;
  /** Those of them for which no replica has answered that is known to be live: newest points may be missing. */
  readonly shardsBehind: number;
  /** Those of which series have holes that a replica may have points for which did not say so in time. */
  readonly shardsUnfilled: number;
  readonly replicasAsked: number;
  readonly replicasUsed: number;
  /** Points that the preferred replica lacked and another had. */
  readonly filledPoints: number;
  /** Whether there is more than a limit let through. */
  readonly isCutOff: boolean;
}

/** What nodes were asked of some shards: all shards that matter, and by node those asked for and those answered for. */
export interface Told {
  readonly shards: Iterable<number>;
  /** Shards for which nobody has answered that is known to have read its log to the end. */
  readonly behind: Iterable<number>;
  readonly nodes: readonly {
    readonly node: string;
    readonly asked: Iterable<number>;
    /** Empty where the node did not answer in time. */
    readonly answered: Iterable<number>;
  }[];
}

export interface InquiryOptions {
  /** The beginnings of the names that may be seen; all may without. */
  readonly prefixes?: readonly string[] | undefined;
  /** Refuses what is not complete, instead of telling how incomplete it is. */
  readonly requireComplete?: boolean | undefined;
}

export interface InquiryCounters {
  /** Answers that lacked a shard, whether told or refused. */
  partialAnswers: number;
  /** Answers with holes that a replica may have points for which did not say so in time, whether told or refused. */
  answersUnfilled: number;
  /** Answers that a limit cut off, whether told or refused. */
  answersCutOff: number;
  /** Inquiries whose client went away before the answer. */
  requestsAbandoned: number;
  /** Points that the preferred replica lacked and another had. */
  pointsFilled: number;
}

/**
 * One client's question, however many finds and fetches it takes: what it may see, how complete the answers are, and whether
 * anybody still waits for them. All that is asked of nodes for it notes here what came back.
 */
export class Inquiry implements Waiter {
  readonly prefixes: readonly string[] | undefined;
  /** Whether part of an answer is not good enough: then it is waited for the rest. */
  readonly requireComplete: boolean;
  readonly #counters: InquiryCounters;
  readonly #leavings = new Set<() => void>();
  #isGone = false;
  readonly #shards = new Set<number>();
  readonly #missing = new Set<number>();
  readonly #behind = new Set<number>();
  readonly #unfilled = new Set<number>();
  /** Shards by node. */
  readonly #replicasAsked = new Map<string, Set<number>>();
  readonly #replicasUsed = new Map<string, Set<number>>();
  #filledPoints = 0;
  #isCutOff = false;
  readonly #rooms: ColumnRooms;
  readonly #sharedRooms: SharedRooms;
  #taken: Float64Array[] = [];
  #shared: Float64Array[] = [];

  /**
   * @param rooms where its points may lie
   * @param sharedRooms where they may if they are many
   */
  constructor(
    { prefixes, requireComplete = false }: InquiryOptions,
    counters: InquiryCounters,
    rooms: ColumnRooms,
    sharedRooms: SharedRooms,
  ) {
    this.#rooms = rooms;
    this.#sharedRooms = sharedRooms;
    this.prefixes = prefixes;
    this.requireComplete = requireComplete;
    this.#counters = counters;
  }

  /** Whether nobody waits for the answer any more. */
  get isGone(): boolean {
    return this.#isGone;
  }

  onGone(run: () => void): Cancel {
    this.#leavings.add(run);
    return () => this.#leavings.delete(run);
  }

  /** Aborted when nobody waits any more, for those who know only signals: one costs as much as a request to a node. */
  signal(): AbortSignal {
    const gone = new AbortController();
    if (this.#isGone) gone.abort();
    else this.onGone(() => gone.abort());
    return gone.signal;
  }

  /** Room for so many points that are fetched for it, or more, until it lets go of them. */
  room(points: number): Float64Array {
    if (points > ROOM_POINTS_MAX) {
      const shared = this.#sharedRooms.take(points);
      this.#shared.push(shared);
      return shared;
    }
    const room = this.#rooms.take(points);
    this.#taken.push(room);
    return room;
  }

  /** Nobody looks any more at the points that were fetched for it, nor at what shares their memory. */
  letGoOfPoints(): void {
    for (const room of this.#taken) this.#rooms.giveBack(room);
    this.takeBackPoints();
  }

  /** The same in another thread, which the points were handed to: what it shares with this one is back, the rest is gone. */
  takeBackPoints(): void {
    for (const room of this.#shared) this.#sharedRooms.giveBack(room);
    this.#shared = [];
    this.#taken = [];
  }

  get completeness(): Completeness {
    return {
      shardsAsked: this.#shards.size,
      shardsAnswered: this.#shards.size - this.#missing.size,
      shardsBehind: this.#behind.size,
      shardsUnfilled: this.#unfilled.size,
      replicasAsked: countOf(this.#replicasAsked),
      replicasUsed: countOf(this.#replicasUsed),
      filledPoints: this.#filledPoints,
      isCutOff: this.#isCutOff,
    };
  }

  /** Whether nothing is missing as far as is known. */
  get isComplete(): boolean {
    return this.#missing.size === 0 && this.#unfilled.size === 0 && !this.#isCutOff;
  }

  /** Nobody waits any more: what is still at work for it stops. */
  abandon(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#counters.requestsAbandoned++;
    for (const leave of [...this.#leavings]) leave();
  }

  /** @throws CarbonbusError `CLIENT_GONE` */
  checkWanted(): void {
    if (this.#isGone) throw new CarbonbusError('CLIENT_GONE', 'nobody waits for the answer');
  }

  /** @throws CarbonbusError `PARTIAL_ANSWER` where a shard is missing and that is not good enough */
  note({ shards, behind, nodes }: Told): void {
    for (const shard of behind) this.#behind.add(shard);
    const answered = new Set<number>();
    for (const one of nodes) {
      const asked = shardsOf(this.#replicasAsked, one.node);
      for (const shard of one.asked) asked.add(shard);
      const used = shardsOf(this.#replicasUsed, one.node);
      for (const shard of one.answered) {
        answered.add(shard);
        used.add(shard);
      }
    }
    const wasWhole = this.#missing.size === 0;
    for (const shard of shards) {
      this.#shards.add(shard);
      if (!answered.has(shard)) this.#missing.add(shard);
    }
    if (this.#missing.size === 0) return;
    if (wasWhole) this.#counters.partialAnswers++;
    if (!this.requireComplete) return;
    const { shardsAsked, shardsAnswered } = this.completeness;
    throw new CarbonbusError(
      'PARTIAL_ANSWER',
      `no node answered for ${shardsAsked - shardsAnswered} of ${shardsAsked} shards, and part of an answer is not wanted ` +
        '(STORE_FAIL_ON_ERROR, requireComplete)',
    );
  }

  /** @throws CarbonbusError `PARTIAL_ANSWER` where there is such a shard and that is not good enough */
  noteUnfilled(shards: readonly number[]): void {
    if (shards.length === 0) return;
    if (this.#unfilled.size === 0) this.#counters.answersUnfilled++;
    for (const shard of shards) this.#unfilled.add(shard);
    if (!this.requireComplete) return;
    throw new CarbonbusError(
      'PARTIAL_ANSWER',
      `in ${this.#unfilled.size} shards there are holes, and a replica which does not answer may have the points, and part of an ` +
        'answer is not wanted (STORE_FAIL_ON_ERROR, requireComplete)',
    );
  }

  noteFilled(points: number): void {
    this.#filledPoints += points;
    this.#counters.pointsFilled += points;
  }

  /** @throws CarbonbusError `TOO_MANY_SERIES` where that is not good enough */
  noteCutOff(limit: number): void {
    if (!this.#isCutOff) this.#counters.answersCutOff++;
    this.#isCutOff = true;
    if (!this.requireComplete) return;
    throw new CarbonbusError(
      'TOO_MANY_SERIES',
      `there are more than ${limit}, and part of an answer is not wanted (requireComplete): narrow the pattern`,
    );
  }
}

function shardsOf(replicas: Map<string, Set<number>>, node: string): Set<number> {
  const known = replicas.get(node);
  if (known !== undefined) return known;
  const shards = new Set<number>();
  replicas.set(node, shards);
  return shards;
}

function countOf(replicas: ReadonlyMap<string, ReadonlySet<number>>): number {
  let count = 0;
  for (const shards of replicas.values()) count += shards.size;
  return count;
}

/** Opens inquiries, and counts what becomes of them. */
export class Inquiries {
  readonly counters: InquiryCounters = {
    partialAnswers: 0,
    answersUnfilled: 0,
    answersCutOff: 0,
    requestsAbandoned: 0,
    pointsFilled: 0,
  };
  readonly #requireComplete: boolean;
  readonly #rooms = new ColumnRooms();
  readonly #sharedRooms = new SharedRooms();

  /** @param requireComplete where an inquiry does not say it */
  constructor(requireComplete: boolean) {
    this.#requireComplete = requireComplete;
  }

  open({ prefixes, requireComplete = this.#requireComplete }: InquiryOptions = {}): Inquiry {
    return new Inquiry(
      { prefixes, requireComplete },
      this.counters,
      this.#rooms,
      this.#sharedRooms,
    );
  }

  /** Long requests have not come for a while. */
  forgetSharedRooms(): void {
    this.#sharedRooms.forgetSpare();
  }
}
