import { Events, type JetStreamManager, JSONCodec, type JsMsg, type NatsConnection } from 'nats';
import type { IngestBacklog, IngestMessage, IngestSource } from '../actors/ports/bus.js';
import { type Clock, sleep } from '../actors/ports/clock.js';
import type { LogPlace } from '../actors/ports/log.js';
import type { Logger } from '../actors/ports/logger.js';
import { CarbonbusError, errorText } from '../errors.js';
import {
  INGEST_CONSUMER,
  INGEST_STREAM,
  INGEST_SUBJECTS,
  MISDIRECTED_SUBJECTS,
} from '../protocols/subjects.js';
import { consume } from './nats-consume.js';
import { IngestAcknowledgements } from './nats-ingest-acknowledgements.js';
import { mendIngestConsumer } from './nats-ingest-consumer.js';
import { jetStreamFailure } from './nats-refusals.js';

const RETRY_MS = 500;
const PULL_BYTES = 4 * 1024 * 1024;

/** Reads the ingestion stream through the consumer that the relays share. */
export class NatsIngestSource implements IngestSource {
  readonly #connection: NatsConnection;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #acknowledgements = new IngestAcknowledgements();
  /** Aborted when the connection is lost. */
  #connected = new AbortController();

  constructor(connection: NatsConnection, clock: Clock, log: Logger) {
    this.#connection = connection;
    this.#clock = clock;
    this.#log = log;
    void this.#followConnection();
  }

  async backlog(): Promise<IngestBacklog> {
    try {
      const info = await (await this.#jsm()).consumers.info(INGEST_STREAM, INGEST_CONSUMER);
      return { waiting: info.num_pending, inHand: info.num_ack_pending };
    } catch (cause) {
      const text = `${INGEST_STREAM} cannot be asked: ${jetStreamFailure(cause)}`;
      throw new CarbonbusError('LOG_UNREACHABLE', text, { cause });
    }
  }

  async *read(signal: AbortSignal): AsyncGenerator<IngestMessage> {
    let newest: JsMsg | undefined;
    while (!signal.aborted && !this.#connection.isClosed()) {
      const connected = this.#connected.signal;
      try {
        if (await mendIngestConsumer(await this.#jsm(), newest && placeOf(newest))) {
          this.#log.warn({}, 'the ingestion stream has lost its end; its consumer is made again');
          this.#acknowledgements.forget();
          newest = undefined;
        }
        if (connected.aborted) continue;
        this.#acknowledgements.confirm();
        for await (const message of await this.#messages(AbortSignal.any([signal, connected]))) {
          if (newest === undefined || message.seq > newest.seq) newest = message;
          const accepted = this.#acknowledgements.of(message);
          yield { subject: message.subject, bytes: message.data, accepted };
        }
      } catch (error) {
        this.#log.debug(
          { error: errorText(error) },
          'the reader of the ingestion stream starts again',
        );
      }
      if (!signal.aborted) await sleep(this.#clock, RETRY_MS);
    }
  }

  async #messages(signal: AbortSignal): Promise<AsyncGenerator<JsMsg>> {
    const consumer = await this.#connection
      .jetstream()
      .consumers.get(INGEST_STREAM, INGEST_CONSUMER);
    const options = { max_bytes: PULL_BYTES, expires: 5_000, abort_on_missing_resource: true };
    return consume(consumer, options, { clock: this.#clock, log: this.#log, signal });
  }

  async #followConnection(): Promise<void> {
    for await (const { type } of this.#connection.status()) {
      if (type !== Events.Disconnect) continue;
      this.#acknowledgements.doubt();
      this.#connected.abort();
      this.#connected = new AbortController();
    }
  }

  #jsm(): Promise<JetStreamManager> {
    return this.#connection.jetstreamManager({ checkAPI: false });
  }
}

function placeOf({ info }: JsMsg): LogPlace {
  return { sequence: info.streamSequence, storedAtMs: Math.floor(info.timestampNanos / 1e6) };
}

/**
 * Answers producers that publish beside the ingestion subjects (`metrics.foo`) with an error in JetStream's
 * form, so that they learn of it at once.
 */
export function refuseMisdirected(
  connection: NatsConnection,
  refused: (subject: string, bytes: Uint8Array) => void,
): void {
  const json = JSONCodec();
  connection.subscribe(MISDIRECTED_SUBJECTS, {
    callback: (_error, message) => {
      refused(message.subject, message.data);
      message.respond(
        json.encode({
          error: {
            code: 400,
            description: `unknown subject ${message.subject}: publish to ${INGEST_SUBJECTS}`,
          },
        }),
      );
    },
  });
}
