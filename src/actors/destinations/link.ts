import { MESSAGE_BYTES, type PointWriter } from '../../protocols/out/point-writer.js';
import type { Cancel, Clock } from '../ports/clock.js';
import type { Address, Dial, DialedConnection } from '../ports/dial.js';
import type { Logger } from '../ports/logger.js';
import { createLinkMachine, type LinkMachine } from './link.machine.js';

/** Buffers that a link keeps for its next messages. */
const SPARE_BUFFERS_MAX = 8;

export interface LinkCounters {
  pointsSent: number;
  messagesSent: number;
  /** Bytes that the system has taken. */
  bytesSent: number;
  /** Points that were with a connection as it was lost; they are read from the log again. */
  pointsCutOff: number;
  /** Points whose name cannot be said in the protocol. */
  unsendable: number;
  connectionsLost: number;
}

/** What a link tells its destination. */
export interface LinkEvents {
  /** The connection came about, or was lost. */
  changed(link: Link): void;
  /** The system has taken a message. */
  taken(): void;
}

export interface LinkOptions {
  /** As the user writes it: `host:port:instance`. */
  name: string;
  address: Address;
  dial: Dial;
  writer: PointWriter;
  /** How long a message may wait for more points. */
  deferMs: number;
  clock: Clock;
  log: Logger;
  events: LinkEvents;
}

/** The connection to one carbon daemon: dialled again and again, and points on their way to it. */
export class Link {
  readonly name: string;
  readonly counters: LinkCounters = {
    pointsSent: 0,
    messagesSent: 0,
    bytesSent: 0,
    pointsCutOff: 0,
    unsendable: 0,
    connectionsLost: 0,
  };
  readonly #options: LinkOptions;
  readonly #machine: LinkMachine;
  readonly #writer: PointWriter;
  readonly #spare: Uint8Array[] = [];
  #buffer: Uint8Array = new Uint8Array(MESSAGE_BYTES);
  #connection: DialedConnection | undefined;
  #pointsInFlight = 0;
  #bytesInFlight = 0;
  #cancelFlush: Cancel | undefined;

  constructor(options: LinkOptions) {
    this.name = options.name;
    this.#options = options;
    this.#writer = options.writer;
    this.#writer.begin(this.#buffer);
    this.#machine = createLinkMachine(
      { dial: () => this.#dial(), abandon: () => this.#abandon() },
      options.clock,
    );
  }

  start(): void {
    this.#machine.start();
  }

  get isUp(): boolean {
    return this.#machine.getSnapshot().value === 'up';
  }

  /** Points that the system has not taken yet. */
  get pendingPoints(): number {
    return this.#writer.points + this.#pointsInFlight;
  }

  /** Bytes that the system has taken, or will unless the connection is lost. */
  get bytesWritten(): number {
    return this.counters.bytesSent + this.#bytesInFlight;
  }

  /** One point. The caller has seen that the link is up. */
  append(bytes: Uint8Array, start: number, end: number, timestamp: number, value: number): void {
    if (!this.#writer.fits(end - start)) this.flush();
    if (!this.#writer.append(bytes, start, end, timestamp, value)) this.counters.unsendable++;
  }

  /** Sends what has gathered within `deferMs`. */
  flushSoon(): void {
    if (this.#writer.points === 0 || this.#cancelFlush !== undefined) return;
    this.#cancelFlush = this.#options.clock.after(this.#options.deferMs, () => this.flush());
  }

  /** Sends what has gathered. */
  flush(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    const { points } = this.#writer;
    if (points === 0 || this.#connection === undefined) return;
    const buffer = this.#buffer;
    const length = this.#writer.finish();
    this.#buffer = this.#spare.pop() ?? new Uint8Array(MESSAGE_BYTES);
    this.#writer.begin(this.#buffer);
    this.#pointsInFlight += points;
    this.#bytesInFlight += length;
    const connection = this.#connection;
    connection.write(buffer.subarray(0, length), () => {
      if (connection === this.#connection) this.#taken(buffer, length, points);
    });
  }

  /** Ends the connection for good, after what was written is sent. */
  close(): void {
    this.#cancelFlush?.();
    const connection = this.#connection;
    this.#connection = undefined;
    this.#machine.send({ type: 'close' });
    connection?.end();
  }

  #taken(buffer: Uint8Array, length: number, points: number): void {
    this.#pointsInFlight -= points;
    this.#bytesInFlight -= length;
    this.counters.pointsSent += points;
    this.counters.messagesSent++;
    this.counters.bytesSent += length;
    if (this.#spare.length < SPARE_BUFFERS_MAX) this.#spare.push(buffer);
    this.#options.events.taken();
  }

  #dial(): void {
    let connection: DialedConnection | undefined;
    const isCurrent = (): boolean => connection !== undefined && connection === this.#connection;
    connection = this.#options.dial(this.#options.address, {
      connected: () => {
        if (isCurrent()) this.#connected();
      },
      closed: (reason) => {
        if (isCurrent()) this.#lost(reason);
      },
    });
    this.#connection = connection;
  }

  #abandon(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.destroy();
  }

  #connected(): void {
    this.#options.log.info({ destination: this.name }, 'connected to a destination');
    this.#machine.send({ type: 'connected' });
    this.#options.events.changed(this);
  }

  #lost(reason: string): void {
    const wasUp = this.isUp;
    this.#connection = undefined;
    this.counters.pointsCutOff += this.pendingPoints;
    this.#pointsInFlight = 0;
    this.#bytesInFlight = 0;
    this.#writer.begin(this.#buffer);
    this.#machine.send({ type: 'lost' });
    const { log } = this.#options;
    if (!wasUp) {
      log.debug({ destination: this.name, reason }, 'a destination cannot be reached');
      return;
    }
    this.counters.connectionsLost++;
    log.warn({ destination: this.name, reason }, 'lost a destination; the log keeps its points');
    this.#options.events.changed(this);
  }
}
