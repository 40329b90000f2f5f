import type { DependencyContainer } from 'tsyringe';
import type { Deltas, SelfReport } from '../actors/self-metrics/self-metrics.js';
import {
  BUS,
  GIVEN,
  INGEST_READER,
  LINE_RECEIVER,
  REJECTIONS,
  RELAY,
} from '../composition/tokens.js';
import { LineTcpServer, LineUdpServer } from '../edge/line-server.js';
import { refuseMisdirected } from '../edge/nats-ingest.js';
import { cpuSeconds, residentBytes } from '../edge/process-usage.js';
import { decode, encode } from '../protocols/codec.js';
import type { Reply, Request } from '../protocols/messages.js';
import { requestSubject } from '../protocols/subjects.js';
import { startHeartbeat } from './heartbeat.js';
import { type RunningRole, within } from './role.js';
import { startSelfMetrics } from './self-metrics.js';

/** Time to get what was read into the logs when the relay stops; it stays within the parent's patience. */
const DRAIN_MS = 5_000;

/** Runs a relay: listens for lines, reads the ingestion stream, publishes to the shard logs. */
export async function startRelay(container: DependencyContainer): Promise<RunningRole> {
  const { logger, clock, connection, name } = container.resolve(GIVEN);
  const relay = container.resolve(RELAY);
  const ingest = container.resolve(INGEST_READER);
  const rejections = container.resolve(REJECTIONS);
  const reading = new AbortController();
  const servers = await listen(container);
  const failed = ingest.run(reading.signal).then(
    () => new Promise<never>(() => undefined),
    (error) => Promise.reject(error),
  );
  refuseMisdirected(connection, (subject) => {
    const bytes = Buffer.from(subject);
    rejections.reject('unknown-subject', bytes, 0, bytes.length);
  });
  container.resolve(BUS).serve(requestSubject('relay', name), (bytes) => answer(container, bytes));
  let state: 'live' | 'draining' | 'left' = 'live';
  const selfMetrics = startSelfMetrics(container, 'relay', (deltas) => report(container, deltas));
  const heartbeat = startHeartbeat(container, {
    role: 'relay',
    state: () => state,
    counters: () => ({ ...counters(container), selfReportsLost: selfMetrics.lostReports }),
  });
  return {
    failed,
    async stop() {
      state = 'draining';
      for (const server of servers) server.close();
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

async function listen(container: DependencyContainer): Promise<{ close(): void }[]> {
  const { settings, logger } = container.resolve(GIVEN);
  const receiver = container.resolve(LINE_RECEIVER);
  const { relay } = settings;
  const servers: { close(): void }[] = [];
  if (relay.lineReceiverPort > 0) {
    const address = {
      host: relay.lineReceiverInterface,
      port: relay.lineReceiverPort,
      setting: 'LINE_RECEIVER_PORT',
    };
    const tcp = new LineTcpServer(receiver);
    await tcp.listen(address);
    logger.info(address, 'listening for lines over TCP');
    servers.push(tcp);
  }
  if (relay.enableUdpListener && relay.udpReceiverPort > 0) {
    const address = {
      host: relay.udpReceiverInterface,
      port: relay.udpReceiverPort,
      setting: 'UDP_RECEIVER_PORT',
    };
    const udp = new LineUdpServer(receiver);
    await udp.listen(address);
    logger.info(address, 'listening for lines over UDP');
    servers.push(udp);
  }
  return servers;
}

async function answer(container: DependencyContainer, bytes: Uint8Array): Promise<Uint8Array> {
  const request = decode(bytes) as Request;
  if (request.type !== 'locate') {
    return encode({ ok: false, code: 'UNKNOWN_REQUEST', message: 'a relay can only locate' });
  }
  const value = { locations: [container.resolve(RELAY).locate(request.name)] };
  return encode({ ok: true, value } satisfies Reply<'locate'>);
}

/** For heartbeats and `/metrics`: totals since the start, and gauges. */
function counters(container: DependencyContainer): Record<string, number> {
  const relay = container.resolve(RELAY);
  const rejected: Record<string, number> = {};
  for (const [reason, count] of container.resolve(REJECTIONS).counts.entries()) {
    rejected[`rejected.${reason}`] = count;
  }
  return {
    ...relay.counters,
    ...container.resolve(LINE_RECEIVER).counters,
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
  const receiver = container.resolve(LINE_RECEIVER);
  const { pointsReceived, pointsStored, batchesStored } = relay.counters;
  const destination = 'destinations.shard_logs';
  return {
    metricsReceived: deltas.since('pointsReceived', pointsReceived),
    invalidLines: deltas.since('rejected', container.resolve(REJECTIONS).counts.total),
    activeConnections: receiver.counters.connections,
    [`${destination}.attemptedRelays`]: deltas.since('attempted', pointsReceived),
    [`${destination}.sent`]: deltas.since('pointsStored', pointsStored),
    [`${destination}.batchesSent`]: deltas.since('batchesStored', batchesStored),
    [`${destination}.relayMaxQueueLength`]: relay.pendingPoints,
    [`${destination}.fullQueueDrops`]: deltas.since('udp', receiver.counters.udpDroppedWindowFull),
  };
}
