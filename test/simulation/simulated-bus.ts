import type { Bus } from '../../src/actors/ports/bus.js';
import type { Cancel } from '../../src/actors/ports/clock.js';
import { CarbonbusError } from '../../src/errors.js';
import type { SimulatedNats } from './simulated-nats.js';
import type { SimulatedProcess } from './simulated-process.js';

/** Heartbeats and requests of one life of a process, over ways that lose them or bring them late. */
export class SimulatedBus implements Bus {
  readonly #nats: SimulatedNats;
  readonly #process: SimulatedProcess;

  constructor(nats: SimulatedNats, process: SimulatedProcess) {
    this.#nats = nats;
    this.#process = process;
  }

  publish(subject: string, bytes: Uint8Array): void {
    this.#process.dieIfTold('a heartbeat');
    if (!this.#process.isDead) this.#nats.publish(subject, this.#process.name, bytes);
  }

  subscribe(subject: string, receive: (bytes: Uint8Array) => void): Cancel {
    return this.#nats.subscribe(subject, { process: this.#process, receive });
  }

  request(subject: string, bytes: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    const process = this.#process;
    return process.waiting((resolve, reject) => {
      process.dieIfTold('a request');
      if (process.isDead) return;
      const refuse = (code: string): void => reject(new CarbonbusError(code, subject));
      const cancel = process.after(timeoutMs, () => refuse('REQUEST_TIMEOUT'));
      const settle = (how: () => void): void => {
        cancel();
        process.after(0, how);
      };
      this.#nats.request(subject, process.name, bytes, {
        answered: (reply) => settle(() => resolve(reply)),
        nobody: () => settle(() => refuse('NO_RESPONDER')),
      });
    });
  }

  giveBack(): void {
    // Each reply has memory of its own.
  }

  serve(subject: string, answer: (bytes: Uint8Array) => Promise<Uint8Array>): Cancel {
    return this.#nats.serve(subject, { process: this.#process, answer });
  }
}
