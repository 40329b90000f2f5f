import type { JsMsg } from 'nats';

/**
 * Acknowledges messages of the ingestion stream, also those that came before the connection was lost. A server that comes back
 * without the end of the stream would take these for acknowledgements of the messages which have their sequences by then; so they
 * wait until it is known that the stream has not lost its end, and are not sent if it has: as many at most as relays may have in hand.
 */
export class IngestAcknowledgements {
  #state: 'known' | 'doubted' = 'doubted';
  /** Which stream it is: one that has lost its end is another. */
  #stream = 0;
  readonly #waiting: JsMsg[] = [];

  /** What acknowledges a message that comes now. */
  of(message: JsMsg): () => void {
    const stream = this.#stream;
    return () => {
      if (stream !== this.#stream) return;
      if (this.#state === 'known') message.ack();
      else this.#waiting.push(message);
    };
  }

  /** The connection is lost: what comes after it may be of another server. */
  doubt(): void {
    this.#state = 'doubted';
  }

  /** The stream is the one that all messages came from which are not forgotten. */
  confirm(): void {
    this.#state = 'known';
    for (const message of this.#waiting.splice(0)) message.ack();
  }

  /** The stream has lost its end: what came before is of another one. */
  forget(): void {
    this.#stream++;
    this.#waiting.length = 0;
  }
}
