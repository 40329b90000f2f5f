import {
  AckPolicy,
  DeliverPolicy,
  Events,
  type JetStreamManager,
  type Msg,
  type NatsConnection,
  nanos,
} from 'nats';
import type { Clock } from '../actors/ports/clock.js';
import { sleep } from '../actors/ports/clock.js';
import {
  LOG_CUT_BACK,
  type LogMessage,
  type LogPlace,
  type LogReader,
  type LogState,
  type LogWriter,
  type PublishOutcome,
} from '../actors/ports/log.js';
import type { Logger } from '../actors/ports/logger.js';
import { CarbonbusError, errorText } from '../errors.js';
import { readOrigin } from '../protocols/layout.js';
import { NatsPublisher } from './nats-publisher.js';
import { type Pulled, Pulling } from './nats-pulling.js';
import { giveBack } from './nats-receiving.js';
import { apiCode, jetStreamFailure } from './nats-refusals.js';

/** JetStream's error codes for a stream or a store that is full. */
const FULL_CODES = new Set([10077, 10023]);

/** Of an answer without content: nobody listens to the subject. */
const NO_RESPONDERS = 503;

/** How often it is looked whether consumers still answer. */
const LOOK_MS = 1_000;
const RETRY_FIRST_MS = 100;
const RETRY_MAX_MS = 5_000;

const CONSUMER_NOT_FOUND = 10014;

interface ConsumerName {
  stream: string;
  consumer: string;
}

/** What JetStream answers to a publish. */
interface PublishAnswer {
  seq?: number;
  error?: { err_code: number; description: string };
}

/** Appends to JetStream streams and says, as a value, what is known about each message afterwards. */
export class NatsLogWriter implements LogWriter {
  readonly #publisher: NatsPublisher;

  constructor(connection: NatsConnection, timeoutMs = 3_000) {
    this.#publisher = new NatsPublisher(connection, timeoutMs);
  }

  async publish(subject: string, bytes: Uint8Array, id: string): Promise<PublishOutcome> {
    try {
      return outcomeOf(await this.#publisher.publish(subject, bytes, id));
    } catch (error) {
      return { type: 'unknown', reason: errorText(error) };
    }
  }
}

function outcomeOf(answer: Msg): PublishOutcome {
  if (answer.headers?.code === NO_RESPONDERS)
    return { type: 'unknown', reason: 'no stream takes it' };
  const { seq, error } = answer.json<PublishAnswer>();
  if (error === undefined && seq !== undefined) return { type: 'stored', sequence: seq };
  const reason = error?.description ?? 'an answer without a sequence';
  return { type: FULL_CODES.has(error?.err_code ?? 0) ? 'full' : 'unknown', reason };
}

/**
 * Reads streams with ephemeral pull consumers that acknowledge nothing; a consumer that was lost, or that
 * skipped a delivery, is made anew at the next sequence. Not the client's ordered consumer, which in this
 * version takes the whole backlog into memory when its reader stalls.
 */
export class NatsLogReader implements LogReader {
  losses = 0;
  readonly #connection: NatsConnection;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #pullBytes: number;
  readonly #pullings = new Map<Pulling, ConsumerName>();
  #manager: Promise<JetStreamManager> | undefined;

  /**
   * @param pullBytes how much one reader may have in flight. The sum over the readers of a connection has
   *   to stay well below the server's `max_pending` (64 MB by default), or it throws the connection out.
   */
  constructor(connection: NatsConnection, clock: Clock, log: Logger, pullBytes: number) {
    this.#connection = connection;
    this.#clock = clock;
    this.#log = log;
    this.#pullBytes = pullBytes;
    void this.#followConnection();
    const cancel = clock.every(LOOK_MS, () => {
      for (const pulling of this.#pullings.keys()) pulling.look();
    });
    void connection.closed().then(cancel);
  }

  async state(stream: string, patience: 'wait' | 'fail'): Promise<LogState> {
    for (let waitMs = RETRY_FIRST_MS; ; waitMs = Math.min(waitMs * 2, RETRY_MAX_MS)) {
      try {
        const { config, created, state } = await (await this.#jsm()).streams.info(stream);
        return {
          // A mirror is known by its origin: made again, it is the same log.
          created: readOrigin(config.description) ?? String(created),
          firstSequence: state.first_seq,
          lastSequence: state.last_seq,
        };
      } catch (error) {
        if (patience === 'fail') throw unreachable(stream, error);
        if (this.#connection.isClosed()) throw error;
        this.#log.debug({ stream, error: errorText(error) }, 'waiting for a stream');
      }
      await sleep(this.#clock, waitMs);
    }
  }

  async *read(
    stream: string,
    fromSequence: number,
    signal: AbortSignal,
    onLost: (from: number, to: number) => void,
    before?: LogPlace,
  ): AsyncGenerator<LogMessage> {
    let next = fromSequence;
    let last = before?.sequence === next - 1 && before.storedAtMs > 0 ? before : undefined;
    let waitMs = RETRY_FIRST_MS;
    while (!signal.aborted && !this.#connection.isClosed()) {
      // The last message comes once more: where it is another one, the log was cut back.
      const first = last?.sequence ?? next;
      for await (const { bytes, delivery, ...message } of this.#readOnce(stream, first, signal)) {
        const { sequence, storedAtMs } = message;
        waitMs = RETRY_FIRST_MS;
        if (sequence < next) {
          giveBack(bytes);
          if (storedAtMs !== last?.storedAtMs) throw cutBack(stream, sequence);
          continue;
        }
        if (sequence > next) onLost(next, sequence - 1);
        next = sequence + 1;
        last = { sequence, storedAtMs };
        yield { ...message, bytes, giveBack: () => giveBack(bytes) };
      }
      if (signal.aborted) return;
      await sleep(this.#clock, waitMs);
      waitMs = Math.min(waitMs * 2, RETRY_MAX_MS);
    }
  }

  /** The messages of one consumer; ends when it is lost or skips a delivery. */
  async *#readOnce(stream: string, next: number, signal: AbortSignal): AsyncGenerator<Pulled> {
    let consumer: string | undefined;
    let pulling: Pulling | undefined;
    const stop = (): void => pulling?.close();
    try {
      consumer = await this.#addConsumer(stream, next);
      if (signal.aborted) return;
      pulling = new Pulling(this.#connection, stream, consumer, this.#pullBytes);
      this.#pullings.set(pulling, { stream, consumer });
      signal.addEventListener('abort', stop);
      for (let delivered = 1; ; delivered++) {
        const message = await pulling.next();
        if (message === undefined) return;
        if (message.delivery !== delivered) return;
        yield message;
      }
    } catch (error) {
      this.#log.debug({ stream, next, error: errorText(error) }, 'a log reader starts again');
    } finally {
      signal.removeEventListener('abort', stop);
      if (pulling !== undefined) this.#pullings.delete(pulling);
      stop();
      if (consumer !== undefined) this.#deleteConsumer(stream, consumer);
    }
  }

  async #addConsumer(stream: string, next: number): Promise<string> {
    const info = await (await this.#jsm()).consumers.add(stream, {
      ack_policy: AckPolicy.None,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: next,
      inactive_threshold: nanos(60_000),
      mem_storage: true,
      num_replicas: 1,
    });
    return info.name;
  }

  async #followConnection(): Promise<void> {
    for await (const { type } of this.#connection.status()) {
      if (type === Events.Disconnect) this.losses++;
      if (type !== Events.Disconnect && type !== Events.Reconnect) continue;
      for (const [pulling, name] of this.#pullings) {
        pulling.connectionChanged(type === Events.Reconnect);
        if (type === Events.Reconnect) void this.#lookFor(name, pulling);
      }
    }
  }

  /** A server that was started again has no consumer of before, and says nothing to who asks one that is not there. */
  async #lookFor({ stream, consumer }: ConsumerName, pulling: Pulling): Promise<void> {
    try {
      await (await this.#jsm()).consumers.info(stream, consumer);
    } catch (error) {
      if (apiCode(error) === CONSUMER_NOT_FOUND) pulling.consumerGone();
      else this.#log.debug({ stream, error: errorText(error) }, 'a consumer cannot be asked for');
    }
  }

  #deleteConsumer(stream: string, consumer: string): void {
    if (this.#connection.isClosed()) return;
    this.#jsm()
      .then((manager) => manager.consumers.delete(stream, consumer))
      .catch((error) => {
        this.#log.debug({ stream, error: errorText(error) }, 'the consumer had gone already');
      });
  }

  #jsm(): Promise<JetStreamManager> {
    this.#manager ??= this.#connection.jetstreamManager({ checkAPI: false });
    return this.#manager;
  }
}

function cutBack(stream: string, sequence: number): CarbonbusError {
  return new CarbonbusError(LOG_CUT_BACK, `${stream} has another message ${sequence} than before`);
}

function unreachable(stream: string, cause: unknown): CarbonbusError {
  return new CarbonbusError(
    'LOG_UNREACHABLE',
    `${stream} cannot be asked: ${jetStreamFailure(cause)}`,
    {
      cause,
    },
  );
}
