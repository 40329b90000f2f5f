import { availableParallelism } from 'node:os';
import { Auditor } from '../actors/audit/auditor.js';
import { ClusterObserver } from '../actors/query/cluster-view.js';
import { MetricHeaders } from '../actors/query/metric-headers.js';
import { NodeClient } from '../actors/query/node-client.js';
import { Query } from '../actors/query/query.js';
import { ReadRepairs } from '../actors/query/read-repairs.js';
import { settleS } from './repair.js';
import {
  AUDITOR,
  BUS,
  type Given,
  INGEST_SOURCE,
  LOG_READER,
  MEMBERSHIP,
  METRIC_HEADERS,
  NODE_CLIENT,
  OBSERVER,
  QUERY,
  READ_REPAIRS,
  type Register,
  SHARD_MAP,
} from './tokens.js';

/** A process that does not answer within it is one that an audit is about. */
const AUDIT_TIMEOUT_MS = 2_000;

export function registerQuery({ settings, clock, logger }: Given, once: Register): void {
  once(
    READ_REPAIRS,
    (c) =>
      new ReadRepairs({
        client: c.resolve(NODE_CLIENT),
        membership: c.resolve(MEMBERSHIP),
        settleS: settleS(settings.cache),
        clock,
        log: logger,
      }),
  );
  once(
    QUERY,
    (c) =>
      new Query({
        client: c.resolve(NODE_CLIENT),
        membership: c.resolve(MEMBERSHIP),
        shardMap: c.resolve(SHARD_MAP),
        ...(settings.api.readRepair && { repairs: c.resolve(READ_REPAIRS) }),
        partsAtOnce: Math.max(1, availableParallelism() - 1),
        clock,
        log: logger,
      }),
  );
  once(
    METRIC_HEADERS,
    (c) =>
      new MetricHeaders({
        client: c.resolve(NODE_CLIENT),
        membership: c.resolve(MEMBERSHIP),
        shardMap: c.resolve(SHARD_MAP),
      }),
  );
  once(
    OBSERVER,
    (c) =>
      new ClusterObserver({
        datacentre: settings.cluster.datacentre,
        shardMap: c.resolve(SHARD_MAP),
        membership: c.resolve(MEMBERSHIP),
        log: c.resolve(LOG_READER),
        ingest: c.resolve(INGEST_SOURCE),
      }),
  );
  once(
    AUDITOR,
    (c) =>
      new Auditor({
        datacentre: settings.cluster.datacentre,
        shardMap: c.resolve(SHARD_MAP),
        membership: c.resolve(MEMBERSHIP),
        client: new NodeClient(c.resolve(BUS), AUDIT_TIMEOUT_MS),
        log: c.resolve(LOG_READER),
        ingest: c.resolve(INGEST_SOURCE),
        clock,
      }),
  );
}
