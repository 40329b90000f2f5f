import { Membership } from '../actors/membership/membership.js';
import { NodeClient } from '../actors/query/node-client.js';
import { ConnectedLogWriter } from '../actors/relay/connected-log-writer.js';
import { NatsBus } from '../edge/nats-bus.js';
import { followed } from '../edge/nats-connection.js';
import { NatsIngestSource } from '../edge/nats-ingest.js';
import { NatsLogReader, NatsLogWriter } from '../edge/nats-log.js';
import { ShardMap } from '../routing/shard-map.js';
import { pullBytes } from './pull-bytes.js';
import {
  BUS,
  type Given,
  INGEST_SOURCE,
  LOG_CONNECTION,
  LOG_READER,
  LOG_WRITER,
  MEMBERSHIP,
  NODE_CLIENT,
  type Register,
  SHARD_MAP,
} from './tokens.js';

const REQUEST_TIMEOUT_MS = 5_000;

/** The connections to NATS, and who else is there: for every role. */
export function registerBus({ settings, logger, clock, ...given }: Given, once: Register): void {
  const { cluster } = settings;
  once(BUS, () => new NatsBus(given.connection, logger));
  once(LOG_CONNECTION, () => followed(given.connection));
  once(LOG_WRITER, (c) => {
    const writer = new NatsLogWriter(given.connection);
    return new ConnectedLogWriter(writer, c.resolve(LOG_CONNECTION), clock);
  });
  once(LOG_READER, () => {
    const logs = cluster.shardCount * (1 + cluster.mirrorFrom.length);
    const bytes = pullBytes(logs, settings.relay.batchBytes);
    return new NatsLogReader(given.readConnection, clock, logger, bytes);
  });
  once(INGEST_SOURCE, () => new NatsIngestSource(given.readConnection, clock, logger));
  once(NODE_CLIENT, (c) => {
    const asker = `${given.name}:${clock.nowMs()}`;
    return new NodeClient(c.resolve(BUS), REQUEST_TIMEOUT_MS, asker);
  });
  once(SHARD_MAP, () => new ShardMap(cluster));
  once(
    MEMBERSHIP,
    (c) =>
      new Membership({
        bus: c.resolve(BUS),
        clock,
        log: logger,
        heartbeatIntervalMs: cluster.heartbeatIntervalMs,
        nodes: cluster.nodes.map((node) => node.name),
        layout: c.resolve(SHARD_MAP).layout,
      }),
  );
}
