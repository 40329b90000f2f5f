import { isBatch } from '../../protocols/batch.js';
import type { IngestMessage, IngestSource } from '../ports/bus.js';
import type { Clock } from '../ports/clock.js';
import type { RejectionLog } from '../receiver/rejection-log.js';
import type { Relay } from './relay.js';
import { Ticket } from './ticket.js';
import { type TicketedPoints, WholeInput } from './whole-input.js';

/**
 * Moves the ingestion stream into the shard logs: text lines and columnar batches. A message leaves the
 * stream's consumer when all its points are in shard logs, and not before.
 */
export class IngestReader {
  messages = 0;
  readonly #source: IngestSource;
  readonly #relay: Relay;
  readonly #rejections: RejectionLog;
  readonly #input: WholeInput;
  readonly #points: TicketedPoints;

  constructor(source: IngestSource, relay: Relay, rejections: RejectionLog, clock: Clock) {
    this.#source = source;
    this.#relay = relay;
    this.#rejections = rejections;
    this.#input = new WholeInput(rejections, clock);
    this.#points = { accept: (block, ticket) => relay.accept(block, ticket, 'nats') };
  }

  /** Reads until `signal` aborts; waits while the relay's window is full. */
  async run(signal: AbortSignal): Promise<void> {
    for await (const message of this.#source.read(signal)) {
      this.#accept(message);
      await this.#relay.window.room();
    }
  }

  #accept({ subject, bytes, accepted }: IngestMessage): void {
    this.messages++;
    const ticket = new Ticket(accepted);
    this.#rejections.sender = { address: subject };
    this.#input.accept(bytes, isBatch(bytes) ? 'batch' : 'lines', this.#points, ticket);
    this.#rejections.sender = undefined;
    ticket.release();
  }
}
