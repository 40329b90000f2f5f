import { encode } from '../../protocols/codec.js';
import type { Heartbeat } from '../../protocols/messages.js';
import { HEARTBEAT_SUBJECT } from '../../protocols/subjects.js';
import type { Bus } from '../ports/bus.js';
import type { Cancel, Clock } from '../ports/clock.js';

/** Tells the others at a steady interval, and at once after a change of state, how this process is. */
export class HeartbeatSender {
  readonly #bus: Bus;
  readonly #describe: () => Heartbeat;
  readonly #cancel: Cancel;

  constructor(bus: Bus, clock: Clock, intervalMs: number, describe: () => Heartbeat) {
    this.#bus = bus;
    this.#describe = describe;
    this.#cancel = clock.every(intervalMs, () => this.beat());
    this.beat();
  }

  beat(): void {
    this.#bus.publish(HEARTBEAT_SUBJECT, encode(this.#describe()));
  }

  stop(): void {
    this.#cancel();
    this.beat();
  }
}
