import { createConnection, type Socket } from 'node:net';
import { AcknowledgedProducer, pointLines } from '../support/producers.js';
import { pause } from '../support/steady-load.js';
import type { Model } from './model.js';

const RETRY_MS = 200;
const POST_LIMIT_MS = 10_000;

/** Brings points into the cluster, however long it takes. */
export interface Sender {
  /** Batches, requests or connections that had to be made again. */
  readonly retries: number;
  /** Resolves once nothing of these has to be sent again. */
  send(cells: readonly number[]): Promise<void>;
  close(): Promise<void>;
}

/** Publishes batches at NATS until JetStream acknowledges them. */
export class NatsSender implements Sender {
  readonly #producer: AcknowledgedProducer;
  readonly #model: Model;

  private constructor(producer: AcknowledgedProducer, model: Model) {
    this.#producer = producer;
    this.#model = model;
  }

  static async connect(port: number, model: Model): Promise<NatsSender> {
    return new NatsSender(await AcknowledgedProducer.connect(port, 'chaos'), model);
  }

  get retries(): number {
    return this.#producer.retries;
  }

  send(cells: readonly number[]): Promise<void> {
    return this.#producer.send(cells.map((cell) => this.#model.point(cell)));
  }

  close(): Promise<void> {
    return this.#producer.close();
  }
}

/** Posts lines until the relay answers that the logs have them all. */
export class PostSender implements Sender {
  retries = 0;
  readonly #url: string;
  readonly #model: Model;

  constructor(port: number, model: Model) {
    this.#url = `http://127.0.0.1:${port}/`;
    this.#model = model;
  }

  async send(cells: readonly number[]): Promise<void> {
    const body = pointLines(cells.map((cell) => this.#model.point(cell)));
    while (!(await this.#post(body, cells.length))) {
      this.retries++;
      await pause(RETRY_MS);
    }
  }

  async close(): Promise<void> {}

  async #post(body: string, points: number): Promise<boolean> {
    let response: Response;
    let answer: { accepted: number };
    try {
      const signal = AbortSignal.timeout(POST_LIMIT_MS);
      response = await fetch(this.#url, { method: 'POST', body, signal });
      answer = (await response.json()) as { accepted: number };
    } catch {
      // Nobody listens, or the answer was cut off: whether the points are safe is not known.
      return false;
    }
    const isLater = response.status === 503 || response.status === 504;
    if (!isLater && answer.accepted !== points)
      throw new Error(`${response.status}: ${answer.accepted} of ${points} points were accepted`);
    return !isLater;
  }
}

/** What went over one connection, in this order. */
export interface LineConnection {
  readonly cells: number[];
  /** It ended before we had ended it: what the relay had of it is not known. */
  isBroken: boolean;
}

/** Sends plain lines over TCP, and connects again when the connection breaks. */
export class LineSender implements Sender {
  readonly connections: LineConnection[] = [];
  readonly #port: number;
  readonly #model: Model;
  #socket: Socket | undefined;

  constructor(port: number, model: Model) {
    this.#port = port;
    this.#model = model;
  }

  get retries(): number {
    return Math.max(0, this.connections.length - 1);
  }

  async send(cells: readonly number[]): Promise<void> {
    const socket = this.#socket ?? (await this.#connect());
    this.connections.at(-1)?.cells.push(...cells);
    const lines = pointLines(cells.map((cell) => this.#model.point(cell)));
    if (socket.write(lines)) return;
    await Promise.race([new Promise((done) => socket.once('drain', done)), closed(socket)]);
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#socket = undefined;
    socket.end();
    await closed(socket);
  }

  async #connect(): Promise<Socket> {
    for (;;) {
      const socket = createConnection({ host: '127.0.0.1', port: this.#port });
      socket.on('error', () => socket.destroy());
      // The relay says nothing, but the end of the connection is seen by reading only.
      socket.resume();
      const ended = closed(socket);
      await Promise.race([new Promise((done) => socket.once('connect', done)), ended]);
      if (!socket.destroyed) {
        const connection = { cells: [], isBroken: false };
        this.connections.push(connection);
        this.#socket = socket;
        void ended.then(() => {
          if (this.#socket !== socket) return;
          connection.isBroken = true;
          this.#socket = undefined;
        });
        return socket;
      }
      await pause(RETRY_MS);
    }
  }
}

function closed(socket: Socket): Promise<void> {
  return new Promise((done) => {
    if (socket.closed) done();
    else socket.once('close', () => done());
  });
}
