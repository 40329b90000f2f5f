import { shardStream } from '../../protocols/subjects.js';
import { type Clock, sleep } from '../ports/clock.js';
import type { LogMessage, LogReader } from '../ports/log.js';
import type { Destination } from './destination.js';
import type { FanOut } from './fan-out.js';

/** A destination that has no room for this long reads on its own, so that the others need not wait for it. */
const PATIENCE_MS = 500;
/** A reader with more messages before it than this is behind: REPLAY_RATE counts. */
export const LIVE_LAG_MAX = 64;

/** What the readings of all shards share. */
export interface ReadingWorld {
  log: LogReader;
  fanOut: FanOut;
  clock: Clock;
  /** The place of a destination in the lists that `fanOut` takes. */
  indexOf(destination: Destination): number;
  /** Lets sockets and timers have a turn when it is time. */
  breathe(): Promise<void>;
  /** A destination holds others up: it has to read on its own. */
  part(destination: Destination): void;
  /** A reading has come further: maybe to the place of another one. */
  advanced(reading: ShardReading): void;
}

/** One reader of a shard's log, for all destinations that have come equally far in it. */
export class ShardReading {
  readonly shard: number;
  next: number;
  storedAtMs: number;
  readonly members = new Set<Destination>();
  readonly #world: ReadingWorld;
  readonly #stopping = new AbortController();
  /** The members, each at its index. */
  readonly #wanted: (Destination | undefined)[] = [];

  /** @param storedAtMs of the message before `next`, as its progress has it */
  constructor(world: ReadingWorld, shard: number, next: number, storedAtMs: number) {
    this.#world = world;
    this.shard = shard;
    this.next = next;
    this.storedAtMs = storedAtMs;
  }

  /** Whether all its members have room, so that who joins them does not have to wait for one. */
  get isFluent(): boolean {
    for (const member of this.members) if (!member.hasRoom) return false;
    return true;
  }

  join(destination: Destination): void {
    this.members.add(destination);
    this.#wanted[this.#world.indexOf(destination)] = destination;
  }

  /** Without members it ends. */
  leave(destination: Destination): void {
    this.members.delete(destination);
    this.#wanted[this.#world.indexOf(destination)] = undefined;
    if (this.members.size === 0) this.#stopping.abort();
  }

  /** Reads until it has no members. */
  async run(): Promise<void> {
    const { log, clock } = this.#world;
    const { signal } = this.#stopping;
    const onLost = (from: number, to: number): void => this.#lost(from, to);
    const stream = shardStream(this.shard);
    const before = { sequence: this.next - 1, storedAtMs: this.storedAtMs };
    for await (const message of log.read(stream, this.next, signal, onLost, before)) {
      await this.#room();
      if (signal.aborted) return;
      const waitMs = this.#forward(message);
      this.#world.advanced(this);
      if (waitMs > 0) await sleep(clock, waitMs);
      await this.#world.breathe();
      if (signal.aborted) return;
    }
  }

  /** Sends a message to the members. Returns how long the next one has to wait. */
  #forward(message: LogMessage): number {
    this.#world.fanOut.forward(message.bytes, this.#wanted);
    message.giveBack?.();
    this.next = message.sequence + 1;
    this.storedAtMs = message.storedAtMs;
    let waitMs = 0;
    for (const member of this.members) {
      const points = member.sent(this.shard, message.sequence);
      member.progress.advance(this.shard, message);
      if (message.pending > LIVE_LAG_MAX) waitMs = Math.max(waitMs, member.charge(points));
    }
    return waitMs;
  }

  /** Waits until every member has room; one that makes others wait for long has to go. */
  async #room(): Promise<void> {
    const { signal } = this.#stopping;
    for (;;) {
      const full = [...this.members].find((member) => !member.hasRoom);
      if (full === undefined || signal.aborted) return;
      if (this.members.size === 1) await full.room();
      else {
        await Promise.race([full.room(), sleep(this.#world.clock, PATIENCE_MS)]);
        if (!full.hasRoom && this.members.has(full) && this.members.size > 1)
          this.#world.part(full);
      }
    }
  }

  #lost(from: number, to: number): void {
    for (const member of this.members) member.messagesLost += to - from + 1;
  }
}
