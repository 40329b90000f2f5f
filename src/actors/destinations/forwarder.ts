import { errorCode, errorText } from '../../errors.js';
import type { DestinationReport } from '../../protocols/heartbeat.js';
import { shardStream } from '../../protocols/subjects.js';
import type { ProgressFile, SavedProgress } from '../../storage/progress-file.js';
import { LogLooks } from '../logs/log-looks.js';
import type { Cancel, Clock } from '../ports/clock.js';
import { LOG_CUT_BACK, type LogReader, type LogState } from '../ports/log.js';
import type { Logger } from '../ports/logger.js';
import type { Destination, DestinationEvents } from './destination.js';
import type { FanOut } from './fan-out.js';
import { fillGaps } from './gap-filling.js';
import type { ShardProgress } from './progress.js';
import { LIVE_LAG_MAX, type ReadingWorld, ShardReading } from './shard-reading.js';

/** What a destination that was away gets first. */
export type ReplayOrder = 'oldest-first' | 'newest-first';

const REVIEW_MS = 1_000;
/** How often the ends of the logs are asked for. */
const LOG_END_POLL_MS = 2_000;
/** Sockets and timers get a turn after this much work. */
const SLICE_MS = 5;
/** What the daemons have not taken within this time when the forwarder stops is sent after the next start. */
const DRAIN_MS = 2_000;
const DRAIN_POLL_MS = 20;

export interface ForwarderOptions {
  shardCount: number;
  log: LogReader;
  fanOut: FanOut;
  clock: Clock;
  logger: Logger;
  order: ReplayOrder;
  /** Makes the destinations, in the order that `fanOut` numbers them, each with its file. */
  destinations: readonly {
    make: (from: readonly ShardProgress[], events: DestinationEvents) => Destination;
    file: ProgressFile;
  }[];
}

/**
 * Reads the shard logs for the legacy destinations, each from where it has come to. Those that have come equally far
 * share a reading; one that falls behind gets one of its own and joins the others when it has caught up. One that is away
 * costs nothing: the log keeps its points.
 */
export class Forwarder {
  /** Rejects when a reading fails: that is a bug. */
  readonly failed: Promise<never>;
  readonly #options: ForwarderOptions;
  readonly #destinations: Destination[] = [];
  readonly #readings: Set<ShardReading>[];
  readonly #world: ReadingWorld;
  readonly #filling = new Map<Destination, AbortController>();
  readonly #cancels: Cancel[] = [];
  /** By shard. */
  readonly #looks: LogLooks[];
  #fail: (error: unknown) => void = () => undefined;
  #logs: LogState[] = [];
  #breathedMs = 0;
  #stopped = false;

  constructor(options: ForwarderOptions) {
    this.#options = options;
    this.#readings = Array.from({ length: options.shardCount }, () => new Set());
    this.#looks = Array.from({ length: options.shardCount }, () => new LogLooks());
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.#world = {
      log: options.log,
      fanOut: options.fanOut,
      clock: options.clock,
      indexOf: (destination) => this.#destinations.indexOf(destination),
      breathe: () => this.#breathe(),
      part: (destination) => this.#part(destination),
      advanced: (reading) => {
        this.#looks[reading.shard].moved();
        this.#merge(reading);
      },
    };
  }

  /** Waits for the logs, then connects to the destinations and brings them what is due. */
  async start(): Promise<void> {
    const { log, shardCount, clock, destinations } = this.#options;
    this.#logs = await Promise.all(
      Array.from({ length: shardCount }, (_, shard) => log.state(shardStream(shard), 'wait')),
    );
    const events: DestinationEvents = {
      reached: (destination) => this.#attach(destination),
      lost: (destination) => this.#detach(destination),
    };
    for (const { make, file } of destinations)
      this.#destinations.push(make(this.#whereToBegin(file.load()), events));
    for (const destination of this.#destinations) destination.start();
    this.#cancels.push(
      clock.every(REVIEW_MS, () => this.#review()),
      clock.every(LOG_END_POLL_MS, () => this.#pollLogEnds()),
    );
  }

  get malformedBatches(): number {
    return this.#options.fanOut.malformedBatches;
  }

  reports(): DestinationReport[] {
    return this.#destinations.map((destination) => ({
      name: destination.name,
      state: destination.state,
      daemonsUp: destination.links.filter((link) => link.isUp).length,
      daemons: destination.links.length,
      lag: this.#lag(destination),
      pendingPoints: destination.pendingPoints,
      counters: { ...destination.counters() },
    }));
  }

  /** Reads no more, lets the daemons take what is on its way, and saves how far they have come. */
  async stop(): Promise<void> {
    const { clock } = this.#options;
    this.#stopped = true;
    for (const cancel of this.#cancels.splice(0)) cancel();
    for (const destination of this.#destinations) {
      destination.review(false);
      this.#detach(destination);
    }
    const untilMs = clock.monotonicMs() + DRAIN_MS;
    const isPending = (destination: Destination): boolean =>
      destination.state !== 'down' && destination.pendingPoints > 0;
    while (this.#destinations.some(isPending) && clock.monotonicMs() < untilMs)
      await new Promise<void>((resolve) => void clock.after(DRAIN_POLL_MS, resolve));
    this.#save();
    for (const destination of this.#destinations) destination.stop();
  }

  /** A destination without saved progress gets all that the log has. */
  #whereToBegin(saved: readonly SavedProgress[] | undefined): ShardProgress[] {
    return this.#logs.map(({ created, firstSequence, lastSequence }, shard) => {
      // An empty log may say that it begins at 0; its first message will have sequence 1.
      const first = Math.max(1, firstSequence);
      const known = saved?.[shard];
      const isThisLog = known?.created === created && known.next <= lastSequence + 1;
      if (!isThisLog) return { next: first, storedAtMs: 0, gaps: [] };
      const { next, storedAtMs = 0 } = known;
      return { next, storedAtMs, gaps: known.gaps.map(([from, to]) => ({ from, to })) };
    });
  }

  #attach(destination: Destination): void {
    if (this.#stopped) return;
    const newestFirst = this.#options.order === 'newest-first';
    for (let shard = 0; shard < this.#options.shardCount; shard++) {
      if (newestFirst) destination.progress.skipTo(shard, this.#newestPlace(shard));
      const { next, storedAtMs } = destination.progress.shard(shard);
      const there = [...this.#readings[shard]].find(
        (reading) => reading.next === next && reading.members.size > 0 && reading.isFluent,
      );
      if (there !== undefined) there.join(destination);
      else this.#begin(shard, { next, storedAtMs }, destination);
    }
    const filling = new AbortController();
    this.#filling.set(destination, filling);
    fillGaps(this.#world, destination, this.#options.shardCount, filling.signal).catch(this.#fail);
  }

  #detach(destination: Destination): void {
    this.#filling.get(destination)?.abort();
    this.#filling.delete(destination);
    for (const readings of this.#readings) {
      for (const reading of readings)
        if (reading.members.has(destination)) reading.leave(destination);
    }
  }

  /** Where the foremost reading of a shard is, or else the end of its log. */
  #newestPlace(shard: number): number {
    const places = [...this.#readings[shard]].map((reading) => reading.next);
    return Math.max(this.#logs[shard].lastSequence + 1, ...places);
  }

  #begin(
    shard: number,
    { next, storedAtMs }: Omit<ShardProgress, 'gaps'>,
    destination: Destination,
  ): void {
    const reading = new ShardReading(this.#world, shard, next, storedAtMs);
    reading.join(destination);
    this.#readings[shard].add(reading);
    reading
      .run()
      .catch(async (error) => {
        if (errorCode(error) !== LOG_CUT_BACK) throw error;
        if (reading.members.size > 0) await this.#readAgain(shard, error);
      })
      .catch(this.#fail)
      .finally(() => this.#readings[shard].delete(reading));
  }

  /** A log has lost its end, and has other messages there: every destination gets all that is left of it. */
  async #readAgain(shard: number, error: unknown): Promise<void> {
    const { log, logger } = this.#options;
    logger.warn({ shard, error: errorText(error) }, 'the log has lost its end; sending all of it');
    this.#logs[shard] = await log.state(shardStream(shard), 'wait');
    const next = Math.max(1, this.#logs[shard].firstSequence);
    const members = [...this.#readings[shard]].flatMap((reading) => [...reading.members]);
    for (const reading of this.#readings[shard])
      for (const member of [...reading.members]) reading.leave(member);
    for (const destination of this.#destinations) destination.progress.restart(shard, next);
    for (const member of members) this.#begin(shard, { next, storedAtMs: 0 }, member);
  }

  #part(destination: Destination): void {
    for (const [shard, readings] of this.#readings.entries()) {
      for (const reading of [...readings]) {
        if (reading.members.size < 2 || !reading.members.has(destination)) continue;
        reading.leave(destination);
        this.#begin(shard, reading, destination);
      }
    }
  }

  /** Readings at the same place become one. */
  #merge(reading: ShardReading): void {
    for (const other of this.#readings[reading.shard]) {
      if (other === reading || other.next !== reading.next || other.members.size === 0) continue;
      if (!other.isFluent || !reading.isFluent) continue;
      for (const member of [...reading.members]) {
        other.join(member);
        reading.leave(member);
      }
      return;
    }
  }

  #review(): void {
    for (const destination of this.#destinations) {
      const isCaughtUp = this.#logs.every(
        (_, shard) => this.#shardLag(destination, shard) <= LIVE_LAG_MAX,
      );
      destination.review(isCaughtUp);
    }
    this.#save();
  }

  #save(): void {
    for (const [i, destination] of this.#destinations.entries()) {
      this.#options.destinations[i].file.save(
        destination.sure().map(({ next, storedAtMs, gaps }, shard) => ({
          created: this.#logs[shard].created,
          ...{ next, storedAtMs },
          gaps: gaps.map(({ from, to }) => [from, to] as const),
        })),
      );
    }
  }

  /** Log messages that were not sent to a destination yet. */
  #lag(destination: Destination): number {
    return this.#logs.reduce((sum, _, shard) => sum + this.#shardLag(destination, shard), 0);
  }

  #shardLag(destination: Destination, shard: number): number {
    const { next, gaps } = destination.progress.shard(shard);
    const left = gaps.reduce((sum, { from, to }) => sum + to - from, 0);
    return left + Math.max(0, this.#logs[shard].lastSequence + 1 - next);
  }

  #pollLogEnds(): void {
    const { log } = this.#options;
    for (let shard = 0; shard < this.#options.shardCount; shard++) {
      // Where nobody reads, no message says that the log has grown.
      const isRead = this.#readings[shard].size > 0;
      if (!this.#looks[shard].isDue(log.losses) && isRead) continue;
      const stream = shardStream(shard);
      log.state(stream, 'fail').then(
        (state) => this.#noteLog(shard, state),
        (error) =>
          this.#options.logger.debug({ stream, error: errorText(error) }, 'no end of the log'),
      );
    }
  }

  /** A log that was made anew has its sequences from the beginning: whoever reads it starts again. */
  #noteLog(shard: number, state: LogState): void {
    if (state.created !== this.#logs[shard].created) {
      this.#fail(new Error(`${shardStream(shard)} was made anew`));
      return;
    }
    this.#looks[shard].found(state.lastSequence);
    this.#logs[shard] = state;
  }

  async #breathe(): Promise<void> {
    const { clock } = this.#options;
    if (clock.monotonicMs() - this.#breathedMs < SLICE_MS) return;
    await clock.yieldNow();
    this.#breathedMs = clock.monotonicMs();
  }
}
