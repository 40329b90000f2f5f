import { randomUUID } from 'node:crypto';
import { RejectionLog } from '../actors/receiver/rejection-log.js';
import { IngestReader } from '../actors/relay/ingest.js';
import { Pipeline } from '../actors/relay/pipeline.js';
import { Relay } from '../actors/relay/relay.js';
import { NameCleansing } from '../routing/rules/name-cleansing.js';
import { shardHash } from '../routing/shard-hash.js';
import {
  type Given,
  INGEST_READER,
  INGEST_SOURCE,
  LOG_WRITER,
  REJECTIONS,
  RELAY,
  type Register,
} from './tokens.js';

export function registerRelay({ settings, logger, clock, ...given }: Given, once: Register): void {
  const { relay, cluster } = settings;
  once(REJECTIONS, () => new RejectionLog(logger, clock));
  once(
    RELAY,
    (c) =>
      new Relay({
        ...relay,
        pipeline: new Pipeline({
          rules: given.relayRules,
          ...(relay.nameCleansing ? { cleansing: new NameCleansing(relay.nameCharacters) } : {}),
          times: {
            resolutionS: relay.minTimestampResolutionS,
            ageMaxS: secondsOrNone(relay.pointAgeMaxMs),
            futureMaxS: secondsOrNone(relay.pointFutureMaxMs),
          },
          rejections: c.resolve(REJECTIONS),
          clock,
        }),
        shardHash: shardHash(cluster.routerHashType, cluster.shardCount),
        idPrefix: `${given.name}:${randomUUID()}`,
        log: c.resolve(LOG_WRITER),
        clock,
        logger,
        rejections: c.resolve(REJECTIONS),
      }),
  );
  once(
    INGEST_READER,
    (c) =>
      new IngestReader(c.resolve(INGEST_SOURCE), c.resolve(RELAY), c.resolve(REJECTIONS), clock),
  );
}

/** A limit in seconds; 0 turns it off. */
function secondsOrNone(limitMs: number): number {
  return limitMs === 0 ? Number.POSITIVE_INFINITY : limitMs / 1000;
}
