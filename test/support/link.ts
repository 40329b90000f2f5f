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
  readonly #target: number;
  readonly #ends = new Set<Socket>();
  /** Who came while it was cut: nothing of theirs arrives anywhere. */
  #waiting: Socket[] = [];
  #isCut = false;

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer({ pauseOnConnect: true }, (near) => this.#accept(near));
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
    for (const near of this.#waiting.splice(0)) this.#join(near);
  }

  /** Both ends of every connection are closed; new ones can be made. */
  drop(): void {
    for (const end of [...this.#ends, ...this.#waiting]) end.destroy();
  }

  close(): void {
    this.#server.close();
    this.drop();
  }

  #accept(near: Socket): void {
    near.on('error', () => near.destroy());
    if (this.#isCut) this.#waiting.push(near);
    else this.#join(near);
  }

  #join(near: Socket): void {
    if (near.destroyed) return;
    const far = createConnection({ host: LOOPBACK, port: this.#target });
    far.on('error', () => far.destroy());
    for (const [from, to] of [
      [near, far],
      [far, near],
    ]) {
      this.#ends.add(from);
      from.on('data', (bytes) => {
        // What the other end does not take waits with the sender, as in a network.
        if (!to.write(bytes)) from.pause();
      });
      to.on('drain', () => {
        if (!this.#isCut) from.resume();
      });
      from.once('close', () => {
        this.#ends.delete(from);
        to.destroy();
      });
    }
    near.resume();
  }
}
