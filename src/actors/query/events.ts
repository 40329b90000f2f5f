import { CarbonbusError, errorCode, errorText } from '../../errors.js';
import { EventRefusal, type GraphiteEvent, parseEvent } from '../../protocols/event.js';
import { EVENTS_STREAM, EVENTS_SUBJECT } from '../../protocols/subjects.js';
import type { Clock } from '../ports/clock.js';
import { LOG_CUT_BACK, type LogReader, type LogWriter } from '../ports/log.js';
import type { Logger } from '../ports/logger.js';

/** Events that an api keeps: those that happened last. The stream has a limit of its own, in bytes. */
const EVENTS_MAX = 100_000;

/** An event, and the sequence in its stream, by which it is known. */
export interface StoredEvent extends GraphiteEvent {
  readonly id: number;
}

/** What is asked of events; a limit that is not given does not limit. */
export interface EventFilter {
  readonly fromS?: number | undefined;
  readonly untilS?: number | undefined;
  readonly tags?: readonly string[] | undefined;
  /** One of the tags is enough, where otherwise all of them are wanted. No event has all of none, as in graphite-web. */
  readonly any?: boolean;
}

/** The events of the cluster: a fold over their stream, which every api reads from its beginning. */
export class Events {
  readonly #reader: LogReader;
  readonly #writer: LogWriter;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #name: string;
  readonly #reading = new AbortController();
  /** By time and id. */
  #events: StoredEvent[] = [];
  readonly #ids = new Set<number>();
  #published = 0;

  /** @param options.name of this api, which makes the ids of its publishes its own */
  constructor(options: {
    reader: LogReader;
    writer: LogWriter;
    clock: Clock;
    log: Logger;
    name: string;
  }) {
    this.#reader = options.reader;
    this.#writer = options.writer;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#name = options.name;
  }

  /** Reads the stream until `stop`. */
  start(): void {
    this.#read().catch((error) => {
      this.#log.error({ error: errorText(error) }, 'events are read no more');
    });
  }

  stop(): void {
    this.#reading.abort();
  }

  /** Stores an event; every api has it soon, and this one at once. Errors: `LOG_UNREACHABLE`. */
  async add(event: GraphiteEvent): Promise<StoredEvent> {
    const bytes = Buffer.from(JSON.stringify(event));
    const id = `event-${this.#name}-${this.#clock.nowMs()}-${++this.#published}`;
    const outcome = await this.#writer.publish(EVENTS_SUBJECT, bytes, id);
    if (outcome.type !== 'stored') {
      throw new CarbonbusError('LOG_UNREACHABLE', `the event is not stored: ${outcome.reason}`);
    }
    const stored = { ...event, id: outcome.sequence };
    this.#enter(stored);
    return stored;
  }

  /** Those that match, by time; both ends of the time are inside. */
  find({ fromS = -Infinity, untilS = Infinity, tags, any = false }: EventFilter): StoredEvent[] {
    return this.#events.filter((event) => {
      if (event.when < fromS || event.when > untilS) return false;
      if (tags === undefined) return true;
      const has = (tag: string): boolean => event.tags.includes(tag);
      return any ? tags.some(has) : tags.length > 0 && tags.every(has);
    });
  }

  get(id: number): StoredEvent | undefined {
    return this.#events.find((event) => event.id === id);
  }

  async #read(): Promise<void> {
    for (;;) {
      try {
        return await this.#readAll();
      } catch (error) {
        if (errorCode(error) !== LOG_CUT_BACK) throw error;
        this.#log.warn({ error: errorText(error) }, 'all events are read again');
        this.#events = [];
        this.#ids.clear();
      }
    }
  }

  async #readAll(): Promise<void> {
    const { firstSequence } = await this.#reader.state(EVENTS_STREAM, 'wait');
    const { signal } = this.#reading;
    const lost = (): void => undefined; // the stream lets its oldest events go
    const first = Math.max(1, firstSequence);
    for await (const { sequence, bytes } of this.#reader.read(EVENTS_STREAM, first, signal, lost)) {
      const event = parseEvent(Buffer.from(bytes).toString(), 0);
      if (event instanceof EventRefusal) {
        this.#log.error({ sequence, reason: event.reason }, 'skipping a broken event');
      } else this.#enter({ ...event, id: sequence });
    }
  }

  #enter(event: StoredEvent): void {
    if (this.#ids.has(event.id)) return;
    this.#ids.add(event.id);
    const at = this.#events.findLastIndex((one) => isBefore(one, event)) + 1;
    this.#events.splice(at, 0, event);
    if (this.#events.length <= EVENTS_MAX) return;
    for (const { id } of this.#events.splice(0, this.#events.length - EVENTS_MAX)) {
      this.#ids.delete(id);
    }
  }
}

function isBefore(a: StoredEvent, b: StoredEvent): boolean {
  return a.when === b.when ? a.id < b.id : a.when < b.when;
}
