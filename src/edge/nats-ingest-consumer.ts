import { AckPolicy, type JetStreamManager, nanos } from 'nats';
import type { LogPlace } from '../actors/ports/log.js';
import { INGEST_CONSUMER, INGEST_STREAM } from '../protocols/subjects.js';
import { apiCode } from './nats-refusals.js';

/**
 * Time for a relay to get a message's points into the shard logs before a relay gets the message (again):
 * that long points of a relay that was killed wait. A repetition does no harm.
 */
const ACK_WAIT_MS = 6_000;
/** Messages of the ingestion stream that all relays together may have in hand. */
const ACK_PENDING_MAX = 512;

/** The client gives times in nanoseconds as doubles, which have not room for all of their digits. */
const ROUNDED_MS = 1;

const NO_MESSAGE = 10037;

/** Makes the consumer that all relays share, or brings its limits up to date. */
export async function ensureIngestConsumer(manager: JetStreamManager): Promise<void> {
  await manager.consumers.add(INGEST_STREAM, {
    durable_name: INGEST_CONSUMER,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(ACK_WAIT_MS),
    max_ack_pending: ACK_PENDING_MAX,
    max_deliver: -1,
  });
}

/**
 * Makes the consumer again, to give out all that is left, where its stream has lost its end, as in a power cut of the server,
 * and it has not: it would pass over what took the places of lost messages.
 *
 * @param newest that it gave to us: where another message has its place by now, the stream has grown again since
 * @returns whether it was made again
 */
export async function mendIngestConsumer(
  manager: JetStreamManager,
  newest: LogPlace | undefined,
): Promise<boolean> {
  // Asked first: a consumer that is ahead is so in truth.
  const { delivered } = await manager.consumers.info(INGEST_STREAM, INGEST_CONSUMER);
  const { last_seq: last } = (await manager.streams.info(INGEST_STREAM)).state;
  const isCutBack =
    delivered.stream_seq > last || (newest !== undefined && (await isOther(manager, newest)));
  if (!isCutBack) return false;
  await manager.consumers.delete(INGEST_STREAM, INGEST_CONSUMER);
  await ensureIngestConsumer(manager);
  return true;
}

/** Whether there is another message at this place; not where retention has taken it. */
async function isOther(
  manager: JetStreamManager,
  { sequence, storedAtMs }: LogPlace,
): Promise<boolean> {
  try {
    const { time } = await manager.streams.getMessage(INGEST_STREAM, { seq: sequence });
    return Math.abs(time.getTime() - storedAtMs) > ROUNDED_MS;
  } catch (error) {
    if (apiCode(error) === NO_MESSAGE) return false;
    throw error;
  }
}
