import { CarbonbusError } from '../../errors.js';
import { decode, encode } from '../../protocols/codec.js';
import type { Role } from '../../protocols/heartbeat.js';
import type {
  Cancellation,
  Replies,
  Reply,
  Request,
  SentRequest,
} from '../../protocols/messages.js';
import { requestSubject } from '../../protocols/subjects.js';
import type { Bus, Waiter } from '../ports/bus.js';

/** Asks another process; a refusal there is thrown here with the same code. */
export class NodeClient {
  readonly #bus: Bus;
  readonly #timeoutMs: number;
  readonly #asker: string;
  #asked = 0;

  /** @param asker what no other asker is called: requests that may be cancelled are known by it */
  constructor(bus: Bus, timeoutMs: number, asker = '') {
    this.#bus = bus;
    this.#timeoutMs = timeoutMs;
    this.#asker = asker;
  }

  /**
   * @param waiter once he is gone nobody waits for the answer, and the other process is told to stop
   * Errors: besides those of the bus what the other says.
   */
  async ask<R extends Request>(
    role: Role,
    name: string,
    request: R,
    waiter?: Waiter,
  ): Promise<Replies[R['type']]> {
    const subject = requestSubject(role, name);
    const bytes =
      waiter === undefined
        ? await this.#bus.request(subject, encode(request), this.#timeoutMs)
        : await this.#askCancellable(subject, request, waiter);
    const reply = decode(bytes) as Reply<R['type']>;
    if (reply.ok) return reply.value;
    throw new CarbonbusError(reply.code, `${name}: ${reply.message}`);
  }

  /** Nobody looks any more at the reply that these bytes are a part of. */
  giveBack(bytes: Uint8Array): void {
    this.#bus.giveBack(bytes);
  }

  async #askCancellable(subject: string, request: Request, waiter: Waiter): Promise<Uint8Array> {
    if (waiter.isGone) throw new CarbonbusError('CLIENT_GONE', 'nobody waits for the answer');
    const withinMs = this.#timeoutMs;
    const id = `${this.#asker}:${++this.#asked}`;
    const bytes = encode({ ...request, asked: { id, withinMs } } satisfies SentRequest);
    try {
      return await this.#bus.request(subject, bytes, withinMs, waiter);
    } catch (error) {
      if (waiter.isGone) {
        this.#bus.publish(subject, encode({ type: 'cancel', id } satisfies Cancellation));
      }
      throw error;
    }
  }
}
