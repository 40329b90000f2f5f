import type { Bus, Waiter } from '../../src/actors/ports/bus.js';
import type { Cancel, Clock } from '../../src/actors/ports/clock.js';
import { CarbonbusError } from '../../src/errors.js';

type Answer = (bytes: Uint8Array) => Promise<Uint8Array>;

/** A bus within the test's process. A subject that was silenced takes requests and never answers. */
export class FakeBus implements Bus {
  /** The subjects of all requests, in order. */
  readonly requests: string[] = [];
  readonly silent = new Set<string>();
  readonly #clock: Clock;
  readonly #subscribers = new Map<string, Set<(bytes: Uint8Array) => void>>();
  readonly #servers = new Map<string, Answer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  publish(subject: string, bytes: Uint8Array): void {
    for (const receive of this.#subscribers.get(subject) ?? []) receive(bytes);
    void this.#servers.get(subject)?.(bytes);
  }

  subscribe(subject: string, receive: (bytes: Uint8Array) => void): Cancel {
    const all = this.#subscribers.get(subject) ?? new Set();
    this.#subscribers.set(subject, all.add(receive));
    return () => all.delete(receive);
  }

  request(
    subject: string,
    bytes: Uint8Array,
    timeoutMs: number,
    waiter?: Waiter,
  ): Promise<Uint8Array> {
    this.requests.push(subject);
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(timeoutMs, () =>
        reject(new CarbonbusError('REQUEST_TIMEOUT', `${subject} did not answer`)),
      );
      waiter?.onGone(() => {
        cancel();
        reject(new CarbonbusError('CLIENT_GONE', 'nobody waits for the answer'));
      });
      if (this.silent.has(subject)) return;
      const answer = this.#servers.get(subject);
      if (answer === undefined) {
        cancel();
        reject(new CarbonbusError('NO_RESPONDER', `nobody answers at ${subject}`));
        return;
      }
      answer(bytes).then(resolve, reject).finally(cancel);
    });
  }

  /** Who looks at it later finds something else. */
  giveBack(reply: Uint8Array): void {
    reply.fill(0x7f);
  }

  serve(subject: string, answer: Answer): Cancel {
    this.#servers.set(subject, answer);
    return () => this.#servers.delete(subject);
  }
}
