import type { Clock } from '../ports/clock.js';
import { createDestinationMachine, type DestinationMachine } from './destination.machine.js';
import type { Link, LinkCounters, LinkEvents } from './link.js';
import { chooseLink, type LinkChoice } from './link-choice.js';
import type { Progress, ShardProgress } from './progress.js';

export type DestinationState = 'down' | 'replaying' | 'live' | 'stopped';

export interface DestinationCounters extends LinkCounters {
  /** Points that were sent again, since it was not sure that they had arrived. */
  pointsResent: number;
  /** Log messages that retention removed before they were sent. */
  messagesLost: number;
}

/** Points that a destination may have in memory; once there are `pointsMax` it waits until there are `pointsLow`. */
export interface QueueLimits {
  readonly pointsMax: number;
  readonly pointsLow: number;
}

/** What a destination tells whoever brings it points. */
export interface DestinationEvents {
  /** It takes points from where its progress says. */
  reached(destination: Destination): void;
  /** It takes none. */
  lost(destination: Destination): void;
}

export interface DestinationOptions {
  /** As the user writes it: `host:port:instance`. */
  name: string;
  choice: LinkChoice;
  progress: Progress;
  queue: QueueLimits;
  /** Points a second while it is behind; Infinity for no limit. */
  replayRate: number;
  clock: Clock;
  makeLinks: (events: LinkEvents) => readonly Link[];
  events: DestinationEvents;
}

/** Time that was not used for replaying may be made up for: timers are late now and then. */
const REPLAY_CREDIT_MS = 100;

/**
 * A place that points are due at: one carbon daemon, or several that stand in for each other. It knows how far it has come
 * in each shard's log. What it has in memory is bounded, however far it is behind.
 */
export class Destination {
  readonly name: string;
  readonly progress: Progress;
  readonly links: readonly Link[];
  messagesLost = 0;
  #pointsResent = 0;
  readonly #choice: LinkChoice;
  readonly #queue: QueueLimits;
  readonly #replayRate: number;
  readonly #clock: Clock;
  readonly #events: DestinationEvents;
  readonly #machine: DestinationMachine;
  readonly #waiting: Array<() => void> = [];
  /** By shard, one more than the highest sequence that was ever sent. */
  readonly #everSent: number[] = [];
  #up: readonly Link[] = [];
  /** Points that its links had been given when it was last said that a message was sent. */
  #appended = 0;
  #replayFromMs = 0;

  constructor(options: DestinationOptions) {
    this.name = options.name;
    this.progress = options.progress;
    this.#choice = options.choice;
    this.#queue = options.queue;
    this.#replayRate = options.replayRate;
    this.#clock = options.clock;
    this.#events = options.events;
    this.#machine = createDestinationMachine(options.name);
    this.links = options.makeLinks({
      changed: (link) => this.#linkChanged(link),
      taken: () => this.#wake(),
    });
  }

  start(): void {
    this.#machine.start();
    for (const link of this.links) link.start();
  }

  get state(): DestinationState {
    return this.#machine.getSnapshot().value as DestinationState;
  }

  /** Points that the system has not taken yet. */
  get pendingPoints(): number {
    let points = 0;
    for (const link of this.links) points += link.pendingPoints;
    return points;
  }

  get hasRoom(): boolean {
    return this.pendingPoints < this.#queue.pointsMax;
  }

  /** Resolves when there is room again, or it no longer matters. */
  async room(): Promise<void> {
    if (this.hasRoom || this.#up.length === 0) return;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** The link that takes all its points now; undefined where the name of each point says which. */
  get onlyLink(): Link | undefined {
    const isOne = this.#choice === 'failover' || this.links.length === 1;
    return isOne ? this.#up[0] : undefined;
  }

  /** The link for the name `bytes[start, end)`. The caller has seen that the destination is reached. */
  linkFor(bytes: Uint8Array, start: number, end: number): Link {
    return chooseLink(this.#choice, this.links, this.#up, bytes, start, end);
  }

  /** All points of a message that are due here have been appended. Returns how many they are. */
  sent(shard: number, sequence: number): number {
    const points = this.sentLate();
    if (sequence < (this.#everSent[shard] ?? 0)) this.#pointsResent += points;
    else this.#everSent[shard] = sequence + 1;
    return points;
  }

  /** As `sent`, for a message that was left out before. */
  sentLate(): number {
    let appended = 0;
    for (const link of this.links) appended += link.pointsAppended;
    const points = appended - this.#appended;
    this.#appended = appended;
    for (const link of this.#up) link.flushSoon();
    return points;
  }

  /** Charges points to the rate at which it may be caught up. Returns how long the next ones have to wait. */
  charge(points: number): number {
    const nowMs = this.#clock.monotonicMs();
    const fromMs = Math.max(nowMs - REPLAY_CREDIT_MS, this.#replayFromMs);
    this.#replayFromMs = fromMs + (points / this.#replayRate) * 1000;
    return Math.max(0, this.#replayFromMs - nowMs);
  }

  /** Notes how far it has come. `isCaughtUp` when nothing is left but what comes in now. */
  review(isCaughtUp: boolean): void {
    if (this.#up.length === 0) return;
    this.#machine.send({ type: isCaughtUp ? 'caughtUp' : 'fellBehind' });
    for (const link of this.#up) link.flush();
    this.progress.note(this.#clock.monotonicMs(), this.#bytesWritten());
  }

  /** How far it surely has come, whatever happens to its daemons. */
  sure(): readonly ShardProgress[] {
    return this.progress.sure(this.#clock.monotonicMs(), this.counters().bytesSent);
  }

  /** Totals of all its daemons since the start. */
  counters(): DestinationCounters {
    const totals: DestinationCounters = {
      ...this.links[0].counters,
      pointsResent: this.#pointsResent,
      messagesLost: this.messagesLost,
    };
    for (const { counters } of this.links.slice(1)) {
      for (const [name, value] of Object.entries(counters))
        totals[name as keyof LinkCounters] += value;
    }
    return totals;
  }

  /** Sends what it has, as far as the daemons take it, and takes no more. */
  stop(): void {
    for (const link of this.links) {
      link.flush();
      link.close();
    }
    this.#up = [];
    this.#machine.send({ type: 'stop' });
    this.#wake();
  }

  #linkChanged(link: Link): void {
    const wasReached = this.#up.length > 0;
    this.#up = this.links.filter((one) => one.isUp);
    if (!link.isUp) {
      // What was on its way is lost, and where it is does not matter: all is sent again from what is sure.
      this.#events.lost(this);
      this.progress.rewind(this.#clock.monotonicMs(), this.counters().bytesSent);
      this.#wake();
    }
    if (this.#up.length === 0) this.#machine.send({ type: 'lost' });
    else if (!wasReached) this.#machine.send({ type: 'reached' });
    if (this.#up.length > 0 && (!link.isUp || !wasReached)) this.#events.reached(this);
  }

  #bytesWritten(): number {
    return this.links.reduce((sum, link) => sum + link.bytesWritten, 0);
  }

  #wake(): void {
    if (this.#up.length > 0 && this.pendingPoints > this.#queue.pointsLow) return;
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
