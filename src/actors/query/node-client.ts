import { CarbonbusError } from '../../errors.js';
import { decode, encode } from '../../protocols/codec.js';
import type { Role } from '../../protocols/heartbeat.js';
import type { Replies, Reply, Request } from '../../protocols/messages.js';
import { requestSubject } from '../../protocols/subjects.js';
import type { Bus } from '../ports/bus.js';

/** Asks another process; a refusal there is thrown here with the same code. */
export class NodeClient {
  readonly #bus: Bus;
  readonly #timeoutMs: number;

  constructor(bus: Bus, timeoutMs: number) {
    this.#bus = bus;
    this.#timeoutMs = timeoutMs;
  }

  async ask<R extends Request>(role: Role, name: string, request: R): Promise<Replies[R['type']]> {
    const subject = requestSubject(role, name);
    const bytes = await this.#bus.request(subject, encode(request), this.#timeoutMs);
    const reply = decode(bytes) as Reply<R['type']>;
    if (reply.ok) return reply.value;
    throw new CarbonbusError(reply.code, `${name}: ${reply.message}`);
  }
}
