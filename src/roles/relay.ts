import type { DependencyContainer } from 'tsyringe';
import { within } from '../actors/ports/clock.js';
import { RuleReloads } from '../actors/rules/rule-reloads.js';
import type { Deltas, SelfReport } from '../actors/self-metrics/self-metrics.js';
import { registerBus } from '../composition/bus.js';
import { registerReceivers } from '../composition/receivers.js';
import { registerRelay } from '../composition/relay.js';
import {
  BUS,
  DATAGRAM_RECEIVER,
  GIVEN,
  INGEST_READER,
  LOG_CONNECTION,
  POST_RECEIVER,
  REJECTIONS,
  RELAY,
  STATSD,
  STREAM_RECEIVER,
} from '../composition/tokens.js';
import { onReloadSignal } from '../edge/child-process.js';
import { refuseMisdirected } from '../edge/nats-ingest.js';
import { cpuSeconds, residentBytes } from '../edge/process-usage.js';
import type { RelayAccounts } from '../protocols/audit-messages.js';
import { decode, encode } from '../protocols/codec.js';
import type { Reply, Request } from '../protocols/messages.js';
import { requestSubject } from '../protocols/subjects.js';
import { startHeartbeat } from './heartbeat.js';
import { listenForPoints } from './receivers.js';
import type { RoleProgram, RunningRole } from './role.js';
import { startSelfMetrics } from './self-metrics.js';

/** Time to get what was read into the logs when the relay stops; it stays within the parent's patience. */
const DRAIN_MS = 5_000;

/** Runs a relay: listens for lines, reads the ingestion stream, publishes to the shard logs. */
export const RELAY_PROGRAM: RoleProgram = {
  parts: [registerBus, registerRelay, registerReceivers],
  start: startRelay,
};

async function startRelay(container: DependencyContainer): Promise<RunningRole> {
  const { settings, logger, clock, connection, name, relayRules } = container.resolve(GIVEN);
  const relay = container.resolve(RELAY);
  const ingest = container.resolve(INGEST_READER);
  const rejections = container.resolve(REJECTIONS);
  const reading = new AbortController();
  const reloads = new RuleReloads({
    what: 'the rules of the relay',
    rules: relayRules,
    clock,
    log: logger,
    intervalMs: settings.relay.ruleReloadIntervalMs,
  });
  onReloadSignal(() => reloads.check());
  const servers = await listenForPoints(container);
  const failed = ingest.run(reading.signal).then(
    () => new Promise<never>(() => undefined),
    (error) => Promise.reject(error),
  );
  refuseMisdirected(connection, (subject) => {
    const bytes = Buffer.from(subject);
    rejections.sender = { address: subject };
    rejections.reject('unknown-subject', bytes, 0, bytes.length);
    rejections.sender = undefined;
  });
  container.resolve(BUS).serve(requestSubject('relay', name), (bytes) => answer(container, bytes));
  let state: 'live' | 'draining' | 'left' = 'live';
  const selfMetrics = startSelfMetrics(container, 'relay', (deltas) => report(container, deltas));
  const heartbeat = startHeartbeat(container, {
    role: 'relay',
    state: () => state,
    counters: () => ({
      ...counters(container),
      ruleReloadErrors: reloads.errors,
      logConnectionLosses: container.resolve(LOG_CONNECTION).losses,
      selfReportsLost: selfMetrics.lostReports,
    }),
  });
  return {
    failed,
    async stop() {
      state = 'draining';
      for (const server of servers) await server.close();
      container.resolve(STREAM_RECEIVER).stop();
      reloads.stop();
      selfMetrics.stop();
      reading.abort();
      if ((await within(clock, DRAIN_MS, relay.drain())) === 'late') {
        logger.error(
          { points: relay.pendingPoints },
          'stopped with points that no log has acknowledged: nats-server did not take them in time',
        );
      }
      state = 'left';
      heartbeat.stop();
    },
  };
}

async function answer(container: DependencyContainer, bytes: Uint8Array): Promise<Uint8Array> {
  const request = decode(bytes) as Request;
  if (request.type === 'locate') {
    const value = { locations: [container.resolve(RELAY).locate(request.name)] };
    return encode({ ok: true, value } satisfies Reply<'locate'>);
  }
  if (request.type === 'rejected') {
    const value = { rejected: container.resolve(REJECTIONS).recent(request.limit) };
    return encode({ ok: true, value } satisfies Reply<'rejected'>);
  }
  if (request.type === 'relayAccounts') {
    return encode({ ok: true, value: accounts(container) } satisfies Reply<'relayAccounts'>);
  }
  const message = `a relay cannot answer ${request.type}`;
  return encode({ ok: false, code: 'UNKNOWN_REQUEST', message });
}

/** What became of the points since the start, for an audit. */
function accounts(container: DependencyContainer): RelayAccounts {
  const relay = container.resolve(RELAY);
  const receiver = container.resolve(STREAM_RECEIVER);
  const { window, received, counters } = relay;
  const { counts } = container.resolve(REJECTIONS);
  return {
    received,
    refused: counters.pointsRefused,
    rejected: Object.fromEntries([...counts.entries()].filter(([, count]) => count > 0)),
    droppedPoints: receiver.counters.pointsDroppedWindowFull,
    droppedDatagrams: container.resolve(DATAGRAM_RECEIVER).counters.udpDroppedWindowFull,
    connections: receiver.counters.connections,
    pausedConnections: receiver.pausedConnections,
    windowBytes: window.bytes,
    windowBytesMax: window.bytesMax,
    windowIsFull: window.full,
    shards: relay.shardAccounts(),
  };
}

/** For heartbeats and `/metrics`: totals since the start, and gauges. */
function counters(container: DependencyContainer): Record<string, number> {
  const relay = container.resolve(RELAY);
  const { settings } = container.resolve(GIVEN);
  const rejected: Record<string, number> = {};
  for (const [reason, count] of container.resolve(REJECTIONS).counts.entries()) {
    rejected[`rejected.${reason}`] = count;
  }
  return {
    ...relay.counters,
    ...container.resolve(STREAM_RECEIVER).counters,
    ...container.resolve(DATAGRAM_RECEIVER).counters,
    ...container.resolve(POST_RECEIVER).counters,
    ...(settings.relay.statsdPort > 0 ? container.resolve(STATSD).counters : {}),
    ...rejected,
    ingestMessages: container.resolve(INGEST_READER).messages,
    pendingPoints: relay.pendingPoints,
    windowBytes: relay.window.bytes,
    cpuSeconds: cpuSeconds(),
    residentBytes: residentBytes(),
  };
}

function report(container: DependencyContainer, deltas: Deltas): SelfReport {
  const relay = container.resolve(RELAY);
  const { connections, pointsDroppedWindowFull } = container.resolve(STREAM_RECEIVER).counters;
  const { udpDroppedWindowFull } = container.resolve(DATAGRAM_RECEIVER).counters;
  const { pointsReceived, pointsStored, batchesStored } = relay.counters;
  const { counts } = container.resolve(REJECTIONS);
  const blacklisted = counts.count('blacklisted');
  const notWhitelisted = counts.count('not-whitelisted');
  const destination = 'destinations.shard_logs';
  return {
    metricsReceived: deltas.since('pointsReceived', pointsReceived),
    invalidLines: deltas.since('rejected', counts.total - blacklisted - notWhitelisted),
    blacklistMatches: deltas.since('blacklisted', blacklisted),
    whitelistRejects: deltas.since('notWhitelisted', notWhitelisted),
    activeConnections: connections,
    [`${destination}.attemptedRelays`]: deltas.since('attempted', pointsReceived),
    [`${destination}.sent`]: deltas.since('pointsStored', pointsStored),
    [`${destination}.batchesSent`]: deltas.since('batchesStored', batchesStored),
    [`${destination}.relayMaxQueueLength`]: relay.pendingPoints,
    [`${destination}.fullQueueDrops`]: deltas.since(
      'drops',
      udpDroppedWindowFull + pointsDroppedWindowFull,
    ),
  };
}
