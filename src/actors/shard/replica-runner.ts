import { errorTrace } from '../../errors.js';
import type { ReplicaAccounts } from '../../protocols/audit-messages.js';
import type { ReplicaReport } from '../../protocols/heartbeat.js';
import { Actor } from '../kernel/actor.js';
import { type RestartIntensity, RestartWindow } from '../kernel/restarts.js';
import { type Cancel, type Clock, sleep } from '../ports/clock.js';
import type { LogReader } from '../ports/log.js';
import type { Logger } from '../ports/logger.js';
import type { BudgetShare } from './budget.js';
import { type Fed, LogFeed } from './log-feed.js';
import type { ReplicaMessage } from './messages.js';
import type { ReplayTurns } from './replay-turns.js';
import type { ShardLog } from './replica-logs.js';
import type { ShardReplica } from './shard-replica.js';

/** Messages a replica may have before those who send wait. */
const MAILBOX_CAPACITY = 64;
/** How often each log is asked for its end, so that a lag shows while no message arrives. */
const LOG_POLL_MS = 2_000;
const RESTART_DELAY_MS = 500;
const RESTARTS: RestartIntensity = { restartsMax: 5, withinMs: 60_000 };

/** Everything that lives as long as one opening of a replica. */
interface Opening {
  replica: ShardReplica;
  actor: Actor<ReplicaMessage>;
  reading: AbortController;
  feeds: LogFeed[];
  /** Its index and checkpoint are loaded; before that it has taken nothing and has nothing to save. */
  isOpen: boolean;
  /** It was drained, and only answers. */
  isResting: boolean;
  cancels: Cancel[];
}

/**
 * Runs one shard replica: feeds it from its logs, gives it time to write, and opens it again when it
 * crashes. One that crashes too often is escalated to the node.
 */
export class ReplicaRunner {
  readonly shard: number;
  readonly #logs: readonly ShardLog[];
  readonly #make: () => ShardReplica;
  readonly #log: LogReader;
  readonly #budget: BudgetShare;
  readonly #turns: ReplayTurns;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #checkpointIntervalMs: number;
  readonly #escalate: (error: unknown) => void;
  readonly #restarts = new RestartWindow(RESTARTS);
  /** Of the openings that crashed. */
  #before: Record<string, number> = {};
  #opening: Opening;
  #cancelRestart: Cancel = () => undefined;
  #isDrained = false;

  constructor(options: {
    shard: number;
    logs: readonly ShardLog[];
    make: () => ShardReplica;
    log: LogReader;
    budget: BudgetShare;
    turns: ReplayTurns;
    clock: Clock;
    logger: Logger;
    checkpointIntervalMs: number;
    escalate: (error: unknown) => void;
  }) {
    this.shard = options.shard;
    this.#logs = options.logs;
    this.#make = options.make;
    this.#log = options.log;
    this.#budget = options.budget;
    this.#turns = options.turns;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#checkpointIntervalMs = options.checkpointIntervalMs;
    this.#escalate = options.escalate;
    this.#opening = this.#open();
  }

  get replica(): ShardReplica {
    return this.#opening.replica;
  }

  /** Counters of this replica over all its openings, so that they never go back. */
  counters(): Record<string, number> {
    return summed(this.#before, countersOf(this.#opening.replica));
  }

  report(): ReplicaReport {
    return this.#opening.replica.report();
  }

  accounts(): ReplicaAccounts {
    const { malformedBatches, messagesLost, messagesRepaired, messagesGivenUp } = this.counters();
    const counted = { malformedBatches, messagesLost, messagesRepaired, messagesGivenUp };
    return { ...this.#opening.replica.accounts(), ...counted };
  }

  ask<R>(
    make: (reply: (value: R) => void, fail: (error: unknown) => void) => ReplicaMessage,
  ): Promise<R> {
    return this.#opening.actor.ask(make);
  }

  /** Tells the replica something that it does not answer. */
  tell(message: ReplicaMessage): void {
    this.#send(this.#opening, message);
  }

  /**
   * Reads no more, writes what it can until `untilMs`, saves the checkpoint. A replica that has crashed or is
   * not open yet has nothing to save.
   */
  async stop(untilMs: number): Promise<void> {
    const { actor, replica, isOpen, reading } = this.#opening;
    this.#cancelRestart();
    if (reading.signal.aborted) return;
    this.#quiet(this.#opening);
    if (isOpen) {
      await actor.ask<void>((reply, fail) => ({ type: 'drain', untilMs, reply, fail }));
    } else {
      replica.abandon();
    }
    actor.stop();
  }

  /**
   * Reads no more and writes what waits, at once until `untilMs`; it goes on to answer. One that crashes meanwhile rests once it is
   * opened again.
   */
  async rest(untilMs: number): Promise<void> {
    this.#isDrained = true;
    const opening = this.#opening;
    if (!opening.isOpen || opening.reading.signal.aborted) return;
    await this.#rest(opening, untilMs).catch((error) => this.#crashed(opening, error));
  }

  /** Reads on after `rest`. */
  wake(): void {
    const { actor, replica } = this.#opening;
    this.#isDrained = false;
    this.#cancelRestart();
    if (!this.#opening.reading.signal.aborted) {
      this.#quiet(this.#opening);
      actor.stop();
      this.#before = summed(this.#before, countersOf(replica));
      replica.abandon();
    }
    this.#opening = this.#open();
  }

  /** Whether it reads nothing, and has written what it could at once. */
  get isResting(): boolean {
    return this.#opening.isResting;
  }

  async #rest(opening: Opening, untilMs: number): Promise<void> {
    for (const feed of opening.feeds.splice(0)) feed.stop();
    await opening.actor.ask<void>((reply, fail) => ({ type: 'rest', untilMs, reply, fail }));
    opening.isResting = true;
  }

  #open(): Opening {
    const replica = this.#make();
    const opening: Opening = {
      replica,
      actor: new Actor<ReplicaMessage>({
        name: `shard-${this.shard}`,
        behaviour: replica,
        clock: this.#clock,
        capacity: MAILBOX_CAPACITY,
        failed: (error) => this.#crashed(opening, error),
      }),
      reading: new AbortController(),
      feeds: [],
      isOpen: false,
      isResting: false,
      cancels: [],
    };
    this.#run(opening).catch((error) => this.#crashed(opening, error));
    return opening;
  }

  /** Opens the replica once its own datacentre's log can be reached; the mirrors of others may come later. */
  async #run(opening: Opening): Promise<void> {
    const { replica, reading } = opening;
    const local = this.#logs.findIndex((log) => !log.isMirror);
    const state = await this.#log.state(this.#logs[local].stream, 'wait');
    if (reading.signal.aborted) return;
    await replica.open();
    if (reading.signal.aborted) return;
    opening.isOpen = true;
    const checkpoint = (): void => this.#send(opening, { type: 'checkpoint' });
    opening.cancels.push(this.#clock.every(this.#checkpointIntervalMs, checkpoint));
    this.#writeFrom(opening).catch((error) => this.#crashed(opening, error));
    if (this.#isDrained) return this.#rest(opening, this.#clock.monotonicMs());
    const start = replica.follow(local, state);
    opening.feeds = this.#feeds(opening);
    opening.feeds[local].read(state.created, start);
    const look = (): void => {
      for (const feed of opening.feeds) void feed.look();
    };
    look();
    opening.cancels.push(this.#clock.every(LOG_POLL_MS, look));
  }

  #feeds(opening: Opening): LogFeed[] {
    const { replica, actor } = opening;
    const fed: Fed = {
      get pulls() {
        return replica.pulls;
      },
      send: (message) => actor.send(message),
      follow: (log, state, isCutBack) =>
        actor.ask((reply, fail) => ({ type: 'follow', log, state, isCutBack, reply, fail })),
    };
    const parts = {
      reader: this.#log,
      budget: this.#budget,
      turns: this.#turns,
      clock: this.#clock,
      logger: this.#logger,
      failed: (error: unknown) => this.#crashed(opening, error),
    };
    return this.#logs.map((one, log) => new LogFeed(log, one, fed, parts));
  }

  /** Gives the replica a slice of writing at each tick, and one after the other while more is due. */
  async #writeFrom(opening: Opening): Promise<void> {
    const { signal } = opening.reading;
    while (!signal.aborted) {
      const more =
        !opening.replica.isWritten &&
        (await opening.actor.ask<boolean>((reply, fail) => ({ type: 'write', reply, fail })));
      if (more) await this.#clock.yieldNow();
      else await sleep(this.#clock, opening.replica.writeTickMs);
    }
  }

  #send(opening: Opening, message: ReplicaMessage): void {
    if (opening.reading.signal.aborted) return;
    opening.actor.send(message).catch((error) => this.#crashed(opening, error));
  }

  #quiet(opening: Opening): void {
    opening.reading.abort();
    for (const feed of opening.feeds) feed.stop();
    for (const cancel of opening.cancels.splice(0)) cancel();
  }

  #crashed(opening: Opening, error: unknown): void {
    if (opening.reading.signal.aborted) return;
    this.#quiet(opening);
    opening.actor.stop();
    this.#before = summed(this.#before, countersOf(opening.replica));
    opening.replica.abandon();
    this.#logger.error(
      { shard: this.shard, error: errorTrace(error) },
      'a shard replica crashed; opening it again',
    );
    if (!this.#restarts.mayRestart(this.#clock.monotonicMs())) {
      this.#escalate(error);
      return;
    }
    this.#cancelRestart = this.#clock.after(RESTART_DELAY_MS, () => {
      this.#opening = this.#open();
    });
  }
}

function countersOf(replica: ShardReplica): Record<string, number> {
  const { counters, checkpointsSaved, writer, migration, repair, gaps } = replica;
  return Object.assign(
    { checkpointsSaved },
    ...[counters, writer.counters, migration.counters, repair.counters, gaps.counters],
  );
}

function summed(a: Record<string, number>, b: Record<string, number>): Record<string, number> {
  const sums = { ...a };
  for (const [name, value] of Object.entries(b)) sums[name] = (sums[name] ?? 0) + value;
  return sums;
}
