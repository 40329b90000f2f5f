import {
  MESSAGE_BYTES,
  type MessageTaker,
  type OpenMessage,
} from '../../protocols/writers/open-messages.js';
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
  /** Its number among all links, and the message that gathers what it will send. */
  index: number;
  message: OpenMessage;
  /** How long a message may wait for more points. */
  deferMs: number;
  clock: Clock;
  log: Logger;
  events: LinkEvents;
}

/** The connection to one carbon daemon: dialled again and again, and points on their way to it. */
export class Link implements MessageTaker {
  readonly name: string;
  readonly index: number;
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
  readonly #message: OpenMessage;
  readonly #spare: Uint8Array[] = [];
  #connection: DialedConnection | undefined;
  /** Points of the messages before this one. */
  #pointsBefore = 0;
  #pointsInFlight = 0;
  #bytesInFlight = 0;
  #cancelFlush: Cancel | undefined;

  constructor(options: LinkOptions) {
    this.name = options.name;
    this.#options = options;
    this.index = options.index;
    this.#message = options.message;
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

  /** Points that were ever put into its message. */
  get pointsAppended(): number {
    return this.#pointsBefore + this.#message.points;
  }

  /** Points that the system has not taken yet. */
  get pendingPoints(): number {
    return this.#message.points + this.#pointsInFlight;
  }

  /** Bytes that the system has taken, or will unless the connection is lost. */
  get bytesWritten(): number {
    return this.counters.bytesSent + this.#bytesInFlight;
  }

  unsendable(): void {
    this.counters.unsendable++;
  }

  /** Sends what has gathered within `deferMs`. */
  flushSoon(): void {
    if (this.#message.points === 0 || this.#cancelFlush !== undefined) return;
    this.#cancelFlush = this.#options.clock.after(this.#options.deferMs, () => this.flush());
  }

  /** Sends what has gathered. */
  flush(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    const { points } = this.#message;
    if (points === 0) return;
    this.#pointsBefore += points;
    const connection = this.#connection;
    if (connection === undefined) {
      // The log has them, and they are read from there again.
      this.#message.clear();
      return;
    }
    const room = this.#spare.pop() ?? new Uint8Array(MESSAGE_BYTES);
    const bytes = this.#message.seal(room);
    this.#pointsInFlight += points;
    this.#bytesInFlight += bytes.length;
    connection.write(bytes, () => {
      if (connection === this.#connection) this.#taken(room, bytes.length, points);
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

  #taken(room: Uint8Array, length: number, points: number): void {
    this.#pointsInFlight -= points;
    this.#bytesInFlight -= length;
    this.counters.pointsSent += points;
    this.counters.messagesSent++;
    this.counters.bytesSent += length;
    if (this.#spare.length < SPARE_BUFFERS_MAX) this.#spare.push(room);
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
    this.#pointsBefore += this.#message.points;
    this.#message.clear();
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
