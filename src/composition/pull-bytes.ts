/** All readers of a connection together stay below half of the server's default `max_pending` (64 MiB). */
const PULL_BYTES_OF_CONNECTION = 24 * 1024 * 1024;
const PULL_BYTES_MAX = 2 * 1024 * 1024;
/**
 * More is asked for when half of what may be in flight is left to ask for, so this is two and a half messages. Where names come again
 * these take less than a third of `BATCH_BYTES`. A request that is smaller than the next message is refused, and made again for that alone.
 */
const BATCHES_MIN = 2.5 / 3;

/** What each of so many readers of a connection may have in flight. */
export function pullBytes(readers: number, batchBytes: number): number {
  const share = Math.min(PULL_BYTES_MAX, PULL_BYTES_OF_CONNECTION / readers);
  return Math.floor(Math.max(BATCHES_MIN * batchBytes, share));
}
