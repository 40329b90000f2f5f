import type { ConsumeOptions, Consumer, JsMsg } from 'nats';
import type { Clock } from '../actors/ports/clock.js';
import type { Logger } from '../actors/ports/logger.js';
import { errorText } from '../errors.js';

/** Nothing comes for so long: then it is asked whether there is nothing. */
const STILL_MS = 5_000;

export interface ConsumingParts {
  readonly clock: Clock;
  readonly log: Logger;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * The messages of a pull consumer, until `signal` is aborted, the consumer is lost, or the client stands still: after a
 * connection that was half open it may not notice any more that none of its requests is left at the server, and would
 * wait for ever. Whoever reads then begins anew.
 */
export async function* consume(
  consumer: Pick<Consumer, 'consume' | 'info'>,
  options: ConsumeOptions,
  { clock, log, signal }: ConsumingParts,
): AsyncGenerator<JsMsg> {
  const messages = await consumer.consume(options);
  const stop = (): void => void messages.close();
  signal.addEventListener('abort', stop);
  let isWaiting = true;
  let delivered = 0;
  let before = 0;
  const look = async (): Promise<void> => {
    const wasStill = isWaiting && delivered === before;
    before = delivered;
    if (!wasStill) return;
    const { num_pending: pending } = await consumer.info();
    if (pending === 0 || !isWaiting || delivered !== before) return;
    log.warn({ pending }, 'nothing comes from a log that has more; it is asked anew');
    stop();
  };
  const cancel = clock.every(STILL_MS, () => {
    look().catch((error) => log.debug({ error: errorText(error) }, 'a consumer cannot be asked'));
  });
  try {
    if (signal.aborted) return;
    for await (const message of messages) {
      delivered++;
      isWaiting = false;
      yield message;
      isWaiting = true;
    }
  } finally {
    cancel();
    signal.removeEventListener('abort', stop);
    stop();
  }
}
