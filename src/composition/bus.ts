import { Membership } from '../actors/membership/membership.js';
import { ConnectedLogWriter } from '../actors/relay/connected-log-writer.js';
import { NatsBus } from '../edge/nats-bus.js';
import { followed } from '../edge/nats-connection.js';
import { NatsLogReader, NatsLogWriter } from '../edge/nats-log.js';
import { ShardMap } from '../routing/shard-map.js';
import { pullBytes } from './pull-bytes.js';
import {
  BUS,
  type Given,
  LOG_CONNECTION,
  LOG_READER,
  LOG_WRITER,
  MEMBERSHIP,
  type Register,
  SHARD_MAP,
} from './tokens.js';

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
