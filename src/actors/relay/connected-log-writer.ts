import type { Clock } from '../ports/clock.js';
import type { LogWriter, PublishOutcome } from '../ports/log.js';
import type { LogConnection } from './log-connection.js';

/** How long a publish waits for the connection before it says that there is none. */
const PATIENCE_MS = 3_000;
const NO_CONNECTION: PublishOutcome = { type: 'unknown', reason: 'no connection to nats-server' };

/**
 * Publishes while there is a connection, and pauses while there is none. What was on its way when the connection was lost
 * is given up at once: nobody will acknowledge it, and it is published again as soon as the server is back.
 */
export class ConnectedLogWriter implements LogWriter {
  readonly #writer: LogWriter;
  readonly #connection: LogConnection;
  readonly #clock: Clock;

  constructor(writer: LogWriter, connection: LogConnection, clock: Clock) {
    this.#writer = writer;
    this.#connection = connection;
    this.#clock = clock;
  }

  async publish(subject: string, bytes: Uint8Array, id: string): Promise<PublishOutcome> {
    if (!this.#connection.isConnected) await this.#back();
    if (!this.#connection.isConnected) return NO_CONNECTION;
    return new Promise((resolve, reject) => {
      const cancel = this.#connection.watch(() => {
        cancel();
        resolve(NO_CONNECTION);
      });
      this.#writer.publish(subject, bytes, id).then(resolve, reject).finally(cancel);
    });
  }

  /** Resolves when the connection is back, or after a while. */
  #back(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        cancelWatch();
        cancelWait();
        resolve();
      };
      const cancelWatch = this.#connection.watch(done);
      const cancelWait = this.#clock.after(PATIENCE_MS, done);
    });
  }
}
