import {
  DiscardPolicy,
  type JetStreamManager,
  type NatsConnection,
  nanos,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from 'nats';
import { type Clock, sleep } from '../actors/ports/clock.js';
import type { Logger } from '../actors/ports/logger.js';
import { CarbonbusError, errorText } from '../errors.js';
import { type Layout, layoutDifference, layoutText, readLayout } from '../protocols/layout.js';
import {
  EVENTS_STREAM,
  EVENTS_SUBJECT,
  INGEST_STREAM,
  INGEST_SUBJECTS,
  SHARD_SUBJECTS,
  shardStream,
  shardSubject,
} from '../protocols/subjects.js';
import { ensureIngestConsumer } from './nats-ingest-consumer.js';
import { apiCode, jetStreamFailure } from './nats-refusals.js';

/** Limits of the streams of one datacentre. Every stream has both: one without could fill the store of all. */
export interface StreamLimits extends Layout {
  streamReplicas: number;
  shardLogMaxAgeMs: number;
  shardLogMaxBytes: number;
  ingestMaxAgeMs: number;
  ingestMaxBytes: number;
}

/** Some hundred thousand events; the oldest ones go. */
export const EVENTS_MAX_BYTES = 16 * 1024 * 1024;
/** Publishing again under the same id within this time stores nothing. */
const DUPLICATE_WINDOW_MS = 120_000;
/** The hash of logs that were made before they said it. */
const UNRECORDED_HASH = 'jump_fnv1a_ch';

const STREAM_NOT_FOUND = 10059;
const RETRY_MS = 500;
/** How often it is said that there is no JetStream yet. */
const SAID_FIRST_MS = 3_000;
const SAID_AGAIN_MS = 60_000;

/**
 * Refuses a layout other than that of the points that are in the shard logs: metrics would be looked for in other
 * shards than they are in. While no log has held a point, the layout may change. Waits for JetStream.
 *
 * Errors: `LAYOUT_MISMATCH`.
 */
export async function refuseOtherLayout(
  connection: NatsConnection,
  layout: Layout,
  clock: Clock,
  log: Logger,
): Promise<void> {
  const manager = await connection.jetstreamManager({ checkAPI: false });
  await untilDone(connection, clock, log, 'the list of streams', async () => {
    for await (const { config, state } of manager.streams.list(SHARD_SUBJECTS)) {
      if (state.last_seq === 0) continue;
      const kept = readLayout(config.description) ?? { ...layout, routerHashType: UNRECORDED_HASH };
      const difference = layoutDifference(layout, kept);
      if (difference !== undefined)
        throw new CarbonbusError(
          'LAYOUT_MISMATCH',
          `${config.name} holds points by another layout: ${difference}. Put the old values back, or start a new cluster with data of its own (LOCAL_DATA_DIR)`,
        );
    }
  });
}

/** Makes the streams and the relays' consumer, or brings their limits up to date. Waits for JetStream. */
export async function ensureStreams(
  connection: NatsConnection,
  limits: StreamLimits,
  clock: Clock,
  log: Logger,
): Promise<void> {
  const manager = await connection.jetstreamManager({ checkAPI: false });
  const retry = (what: string, run: () => Promise<unknown>): Promise<void> =>
    untilDone(connection, clock, log, what, run);
  await retry(INGEST_STREAM, () => ensureStream(manager, ingestStream(limits)));
  for (let shard = 0; shard < limits.shardCount; shard++) {
    await retry(shardStream(shard), () => ensureStream(manager, shardLog(shard, limits)));
  }
  await retry(EVENTS_STREAM, () => ensureStream(manager, eventStream(limits)));
  await retry(`${INGEST_STREAM} consumer`, () => ensureIngestConsumer(manager));
}

function ingestStream(limits: StreamLimits): Partial<StreamConfig> & { name: string } {
  return {
    name: INGEST_STREAM,
    subjects: [INGEST_SUBJECTS],
    max_age: nanos(limits.ingestMaxAgeMs),
    max_bytes: limits.ingestMaxBytes,
    ...common(limits),
  };
}

function shardLog(shard: number, limits: StreamLimits): Partial<StreamConfig> & { name: string } {
  return {
    name: shardStream(shard),
    description: layoutText(limits),
    subjects: [shardSubject(shard)],
    max_age: nanos(limits.shardLogMaxAgeMs),
    max_bytes: limits.shardLogMaxBytes,
    ...common(limits),
  };
}

function eventStream(limits: StreamLimits): Partial<StreamConfig> & { name: string } {
  return {
    name: EVENTS_STREAM,
    subjects: [EVENTS_SUBJECT],
    max_bytes: EVENTS_MAX_BYTES,
    ...common(limits),
  };
}

function common(limits: StreamLimits): Partial<StreamConfig> {
  return {
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    duplicate_window: nanos(DUPLICATE_WINDOW_MS),
    num_replicas: limits.streamReplicas,
  };
}

async function ensureStream(
  manager: JetStreamManager,
  config: Partial<StreamConfig> & { name: string },
): Promise<void> {
  try {
    if (!(await isThere(manager, config))) await manager.streams.add(config);
  } catch (error) {
    // Several processes start at once; and for a stream that is there already the server wants its room once more.
    if (!(await isThere(manager, config))) throw error;
  }
}

/** Whether there is the stream, with this configuration from now on. */
async function isThere(
  manager: JetStreamManager,
  config: Partial<StreamConfig> & { name: string },
): Promise<boolean> {
  try {
    const known = (await manager.streams.info(config.name)).config;
    const differs = (key: string): boolean =>
      JSON.stringify(config[key as keyof StreamConfig]) !==
      JSON.stringify(known[key as keyof StreamConfig]);
    if (Object.keys(config).some(differs)) await manager.streams.update(config.name, config);
    return true;
  } catch (error) {
    if (apiCode(error) === STREAM_NOT_FOUND) return false;
    throw error;
  }
}

/** Retries while the server is away or has no leader yet; a refusal by the server itself is final. */
async function untilDone(
  connection: NatsConnection,
  clock: Clock,
  log: Logger,
  what: string,
  run: () => Promise<unknown>,
): Promise<void> {
  for (let sayAtMs = clock.monotonicMs() + SAID_FIRST_MS; ; ) {
    try {
      await run();
      return;
    } catch (cause) {
      if (connection.isClosed() || cause instanceof CarbonbusError) throw cause;
      if (apiCode(cause) !== undefined && !isUnavailable(cause)) {
        throw new CarbonbusError(
          'STREAM_REFUSED',
          `nats-server refuses ${what}: ${errorText(cause)}; see SHARD_LOG_MAX_BYTES, INGEST_MAX_BYTES and the server's max_file_store`,
          { cause },
        );
      }
      const isTimeToSay = clock.monotonicMs() >= sayAtMs;
      if (isTimeToSay) sayAtMs += SAID_AGAIN_MS;
      const reason = jetStreamFailure(cause);
      log[isTimeToSay ? 'warn' : 'debug']({ what, reason }, 'waiting for JetStream');
    }
    await sleep(clock, RETRY_MS);
  }
}

/** "JetStream system temporarily unavailable" and "no suitable peers": a cluster that is coming up. */
function isUnavailable(error: unknown): boolean {
  const code = apiCode(error);
  return code === 10008 || code === 10005;
}
