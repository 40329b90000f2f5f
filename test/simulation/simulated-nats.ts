import type { Random } from '../support/random.js';
import { SimulatedLog } from './simulated-log.js';
import type { SimulatedProcess } from './simulated-process.js';
import type { SimulatedTime } from './simulated-time.js';

/** How the way between one host and nats-server is. */
export interface Link {
  isCut: boolean;
  /** Of messages that get lost, from 0 to 1; JetStream's answers get lost as well. */
  loss: number;
  /** Longest way of a message. */
  delayMaxMs: number;
}

interface Subscriber {
  process: SimulatedProcess;
  receive: (bytes: Uint8Array) => void;
}

interface Server {
  process: SimulatedProcess;
  answer: (bytes: Uint8Array) => Promise<Uint8Array>;
}

/** What comes of a request, unless it gets lost. */
interface Asker {
  answered: (reply: Uint8Array) => void;
  nobody: () => void;
}

/** nats-server: its streams, its subscriptions, and the ways to it. */
export class SimulatedNats {
  /** How often it went down. */
  losses = 0;
  #isDown = false;
  /** JetStream refuses what is published. */
  isFull = false;
  readonly logs = new Map<string, SimulatedLog>();
  readonly #links = new Map<string, Link>();
  readonly #subscribers = new Map<string, Set<Subscriber>>();
  readonly #servers = new Map<string, Server>();
  readonly #time: SimulatedTime;
  readonly #random: Random;

  constructor(time: SimulatedTime, random: Random) {
    this.#time = time;
    this.#random = random;
  }

  get isDown(): boolean {
    return this.#isDown;
  }

  set isDown(isDown: boolean) {
    if (isDown && !this.#isDown) this.losses++;
    this.#isDown = isDown;
  }

  make(stream: string): SimulatedLog {
    const log = new SimulatedLog(stream, this.#time);
    this.logs.set(stream, log);
    return log;
  }

  log(stream: string): SimulatedLog | undefined {
    return this.logs.get(stream);
  }

  link(host: string): Link {
    let link = this.#links.get(host);
    if (link === undefined) {
      link = { isCut: false, loss: 0, delayMaxMs: 5 };
      this.#links.set(host, link);
    }
    return link;
  }

  heal(): void {
    this.isDown = false;
    this.isFull = false;
    this.#links.clear();
  }

  reaches(host: string): boolean {
    return !this.isDown && !this.link(host).isCut;
  }

  /** Sends something over the link of a host, in either direction. What is lost never arrives. */
  send(host: string, arrived: () => void): void {
    const link = this.link(host);
    if (!this.reaches(host) || this.#random.chance(link.loss)) return;
    this.#time.after(this.#random.int(0, link.delayMaxMs), () => {
      if (this.reaches(host)) arrived();
    });
  }

  subscribe(subject: string, subscriber: Subscriber): () => void {
    const all = this.#subscribers.get(subject) ?? new Set();
    this.#subscribers.set(subject, all.add(subscriber));
    return () => all.delete(subscriber);
  }

  serve(subject: string, server: Server): () => void {
    this.#servers.set(subject, server);
    return () => this.#servers.delete(subject);
  }

  /** Sends a request to whoever serves its subject, and the reply back. */
  request(subject: string, from: string, bytes: Uint8Array, asker: Asker): void {
    this.send(from, () => {
      const server = this.#servers.get(subject);
      if (server === undefined || server.process.isDead) this.send(from, asker.nobody);
      else this.send(server.process.name, () => this.#ask(server, from, bytes, asker));
    });
  }

  #ask({ process, answer }: Server, from: string, bytes: Uint8Array, asker: Asker): void {
    process.after(0, async () => {
      const reply = await answer(bytes);
      if (process.isDead) return;
      this.send(process.name, () => this.send(from, () => asker.answered(reply)));
    });
  }

  publish(subject: string, from: string, bytes: Uint8Array): void {
    this.send(from, () => {
      for (const { process, receive } of this.#subscribers.get(subject) ?? []) {
        if (process.isDead) continue;
        this.send(process.name, () => process.after(0, () => receive(bytes)));
      }
    });
  }
}
