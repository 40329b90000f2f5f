import { JSONCodec, type NatsConnection } from 'nats';
import type { IngestBacklog, IngestMessage, IngestSource } from '../actors/ports/bus.js';
import { type Clock, sleep } from '../actors/ports/clock.js';
import type { Logger } from '../actors/ports/logger.js';
import { CarbonbusError, errorText } from '../errors.js';
import {
  INGEST_CONSUMER,
  INGEST_STREAM,
  INGEST_SUBJECTS,
  MISDIRECTED_SUBJECTS,
} from '../protocols/subjects.js';
import { consume } from './nats-consume.js';
import { jetStreamFailure } from './nats-refusals.js';

const RETRY_MS = 500;
const PULL_BYTES = 4 * 1024 * 1024;

/** Reads the ingestion stream through the consumer that the relays share. */
export class NatsIngestSource implements IngestSource {
  readonly #connection: NatsConnection;
  readonly #clock: Clock;
  readonly #log: Logger;

  constructor(connection: NatsConnection, clock: Clock, log: Logger) {
    this.#connection = connection;
    this.#clock = clock;
    this.#log = log;
  }

  async backlog(): Promise<IngestBacklog> {
    try {
      const manager = await this.#connection.jetstreamManager({ checkAPI: false });
      const info = await manager.consumers.info(INGEST_STREAM, INGEST_CONSUMER);
      return { waiting: info.num_pending, inHand: info.num_ack_pending };
    } catch (cause) {
      const text = `${INGEST_STREAM} cannot be asked: ${jetStreamFailure(cause)}`;
      throw new CarbonbusError('LOG_UNREACHABLE', text, { cause });
    }
  }

  async *read(signal: AbortSignal): AsyncGenerator<IngestMessage> {
    while (!signal.aborted && !this.#connection.isClosed()) {
      try {
        const consumer = await this.#connection
          .jetstream()
          .consumers.get(INGEST_STREAM, INGEST_CONSUMER);
        const options = {
          max_bytes: PULL_BYTES,
          expires: 5_000,
          abort_on_missing_resource: true,
        };
        const messages = consume(consumer, options, {
          clock: this.#clock,
          log: this.#log,
          signal,
        });
        for await (const message of messages) {
          yield {
            subject: message.subject,
            bytes: message.data,
            accepted: () => message.ack(),
          };
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
