import { once } from 'node:events';
import {
  type AddressInfo,
  createConnection,
  createServer,
  type Server,
  type Socket,
} from 'node:net';
import { LOOPBACK } from '../../src/edge/nats-server-config.js';

/** A link between two datacentres that can be cut: a TCP proxy in front of a port. */
export class Link {
  readonly #server: Server;
  readonly #ends = new Set<Socket>();
  #isCut = false;

  private constructor(target: number) {
    this.#server = createServer((near) => this.#join(near, target));
  }

  static async to(target: number): Promise<Link> {
    const link = new Link(target);
    link.#server.listen(0, LOOPBACK);
    await once(link.#server, 'listening');
    return link;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** From now on nothing arrives any more, and nobody is told: what is under way waits, as in a network. */
  cut(): void {
    this.#isCut = true;
    for (const end of this.#ends) end.pause();
  }

  heal(): void {
    this.#isCut = false;
    for (const end of this.#ends) end.resume();
  }

  /** Both ends of every connection are closed; new ones can be made. */
  drop(): void {
    for (const end of this.#ends) end.destroy();
  }

  close(): void {
    this.#server.close();
    this.drop();
  }

  #join(near: Socket, target: number): void {
    const far = createConnection({ host: LOOPBACK, port: target });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ]) {
      this.#ends.add(from);
      from.on('data', (bytes) => to.write(bytes));
      from.on('error', () => from.destroy());
      from.once('close', () => {
        this.#ends.delete(from);
        to.destroy();
      });
      if (this.#isCut) from.pause();
    }
  }
}
