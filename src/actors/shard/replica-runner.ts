import { errorText } from '../../errors.js';
import type { ReplicaReport } from '../../protocols/messages.js';
import { shardStream } from '../../protocols/subjects.js';
import { Actor } from '../kernel/actor.js';
import { type RestartIntensity, RestartWindow } from '../kernel/restarts.js';
import { type Cancel, type Clock, sleep } from '../ports/clock.js';
import type { LogReader } from '../ports/log.js';
import type { Logger } from '../ports/logger.js';
import type { QueueBudget } from './budget.js';
import type { ReplicaMessage } from './messages.js';
import type { ShardReplica } from './shard-replica.js';

/** Messages a replica may have before those who send wait. */
const MAILBOX_CAPACITY = 64;
const WRITE_TICK_MS = 100;
/** How often the end of the log is asked for, so that a lag shows while no message arrives. */
const LOG_END_POLL_MS = 2_000;
const DEGRADED_POLL_MS = 500;
const RESTART_DELAY_MS = 500;
const RESTARTS: RestartIntensity = { restartsMax: 5, withinMs: 60_000 };

/** Everything that lives as long as one opening of a replica. */
interface Opening {
  replica: ShardReplica;
  actor: Actor<ReplicaMessage>;
  reading: AbortController;
  /** Its index and checkpoint are loaded; before that it has taken nothing and has nothing to save. */
  isOpen: boolean;
  cancels: Cancel[];
}

/**
 * Runs one shard replica: feeds it from its log, gives it time to write, and opens it again when it
 * crashes. One that crashes too often is escalated to the node.
 */
export class ReplicaRunner {
  readonly shard: number;
  readonly #make: () => ShardReplica;
  readonly #log: LogReader;
  readonly #budget: QueueBudget;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #checkpointIntervalMs: number;
  readonly #escalate: (error: unknown) => void;
  readonly #restarts = new RestartWindow(RESTARTS);
  /** Of the openings that crashed. */
  #before: Record<string, number> = {};
  #opening: Opening;
  #cancelRestart: Cancel = () => undefined;

  constructor(options: {
    shard: number;
    make: () => ShardReplica;
    log: LogReader;
    budget: QueueBudget;
    clock: Clock;
    logger: Logger;
    checkpointIntervalMs: number;
    escalate: (error: unknown) => void;
  }) {
    this.shard = options.shard;
    this.#make = options.make;
    this.#log = options.log;
    this.#budget = options.budget;
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

  ask<R>(
    make: (reply: (value: R) => void, fail: (error: unknown) => void) => ReplicaMessage,
  ): Promise<R> {
    return this.#opening.actor.ask(make);
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
      isOpen: false,
      cancels: [],
    };
    this.#run(opening).catch((error) => this.#crashed(opening, error));
    return opening;
  }

  async #run(opening: Opening): Promise<void> {
    const { replica, actor, reading } = opening;
    const stream = shardStream(this.shard);
    const log = await this.#log.state(stream, 'wait');
    if (reading.signal.aborted) return;
    const next = await replica.open(log);
    if (reading.signal.aborted) return;
    opening.isOpen = true;
    opening.cancels.push(
      this.#clock.every(this.#checkpointIntervalMs, () =>
        this.#send(opening, { type: 'checkpoint' }),
      ),
      this.#clock.every(LOG_END_POLL_MS, () => this.#pollLogEnd(opening, stream)),
    );
    this.#writeFrom(opening).catch((error) => this.#crashed(opening, error));
    const onLost = (from: number, to: number): void =>
      this.#send(opening, { type: 'lost', from, to });
    for await (const message of this.#log.read(stream, next, reading.signal, onLost)) {
      await this.#budget.room();
      while (!replica.pulls && !reading.signal.aborted) await sleep(this.#clock, DEGRADED_POLL_MS);
      if (reading.signal.aborted) return;
      await actor.send({ type: 'batch', ...message });
    }
  }

  /** Gives the replica a slice of writing at each tick, and one after the other while more is due. */
  async #writeFrom(opening: Opening): Promise<void> {
    const { signal } = opening.reading;
    while (!signal.aborted) {
      const more = await opening.actor.ask<boolean>((reply, fail) => ({
        type: 'write',
        reply,
        fail,
      }));
      if (more) await this.#clock.yieldNow();
      else await sleep(this.#clock, WRITE_TICK_MS);
    }
  }

  #pollLogEnd(opening: Opening, stream: string): void {
    this.#log.state(stream, 'fail').then(
      (state) => this.#send(opening, { type: 'logEnd', sequence: state.lastSequence }),
      (error) => this.#logger.debug({ stream, error: errorText(error) }, 'no end of the log'),
    );
  }

  #send(opening: Opening, message: ReplicaMessage): void {
    if (opening.reading.signal.aborted) return;
    opening.actor.send(message).catch((error) => this.#crashed(opening, error));
  }

  #quiet(opening: Opening): void {
    opening.reading.abort();
    for (const cancel of opening.cancels.splice(0)) cancel();
  }

  #crashed(opening: Opening, error: unknown): void {
    if (opening.reading.signal.aborted) return;
    this.#quiet(opening);
    opening.actor.stop();
    this.#before = summed(this.#before, countersOf(opening.replica));
    opening.replica.abandon();
    this.#logger.error(
      { shard: this.shard, error: error instanceof Error ? error.stack : error },
      'a shard replica crashed; opening it again',
    );
    if (!this.#restarts.mayRestart(this.#clock.nowMs())) {
      this.#escalate(error);
      return;
    }
    this.#cancelRestart = this.#clock.after(RESTART_DELAY_MS, () => {
      this.#opening = this.#open();
    });
  }
}

function countersOf(replica: ShardReplica): Record<string, number> {
  return { ...replica.counters, ...replica.writer.counters, ...replica.migration.counters };
}

function summed(a: Record<string, number>, b: Record<string, number>): Record<string, number> {
  const sums = { ...a };
  for (const [name, value] of Object.entries(b)) sums[name] = (sums[name] ?? 0) + value;
  return sums;
}
