import type { TlsOptions } from 'node:tls';
import type { DependencyContainer } from 'tsyringe';
import { answerAudit } from '../actors/audit/audit-requests.js';
import { CacheQueries } from '../actors/query/cache-queries.js';
import { Events } from '../actors/query/events.js';
import { FindCache } from '../actors/query/find-cache.js';
import { Inquiries } from '../actors/query/inquiry.js';
import { RuleReloads } from '../actors/rules/rule-reloads.js';
import { registerBus } from '../composition/bus.js';
import { registerQuery } from '../composition/query.js';
import {
  AUDITOR,
  BUS,
  GIVEN,
  LOG_READER,
  LOG_WRITER,
  MEMBERSHIP,
  METRIC_HEADERS,
  NODE_CLIENT,
  OBSERVER,
  QUERY,
  READ_REPAIRS,
} from '../composition/tokens.js';
import { CarbonlinkServer } from '../edge/carbonlink-server.js';
import { onReloadSignal } from '../edge/child-process.js';
import { DrawingPool } from '../edge/drawing/drawing-pool.js';
import { AnswerCache } from '../edge/http/answer-cache.js';
import { auditRoutes } from '../edge/http/audit-routes.js';
import { backendRoutes } from '../edge/http/backend-routes.js';
import { clusterRoutes } from '../edge/http/cluster-routes.js';
import { eventRoutes } from '../edge/http/event-routes.js';
import { expandRoutes } from '../edge/http/expand-routes.js';
import { findRoutes } from '../edge/http/find-routes.js';
import { functionRoutes } from '../edge/http/function-routes.js';
import { gapRoutes } from '../edge/http/gap-routes.js';
import { infoRoutes } from '../edge/http/info-routes.js';
import { exposition } from '../edge/http/prometheus.js';
import { rejectedRoutes } from '../edge/http/rejected-routes.js';
import { renderRoutes } from '../edge/http/render-routes.js';
import { RequestLog } from '../edge/http/request-log.js';
import { HttpServer } from '../edge/http/server.js';
import { tagRoutes } from '../edge/http/tag-routes.js';
import { versionRoutes } from '../edge/http/version-routes.js';
import { cpuSeconds, residentBytes } from '../edge/process-usage.js';
import { RenderPool } from '../edge/rendering/render-pool.js';
import { requestSubject } from '../protocols/subjects.js';
import { startHeartbeat } from './heartbeat.js';
import { listenerTls } from './listener-tls.js';
import { NEVER, type RoleProgram, type RunningRole } from './role.js';
import { startSelfMetrics } from './self-metrics.js';

/** The part of RESULT_CACHE_BYTES that what patterns match may take. */
const FIND_CACHE_PART = 0.25;
/** All apis read it in the section of nodes: another one of a machine has it from its environment. */
const CACHE_QUERY_SETTING =
  'CACHE_QUERY_PORT (of this api alone: CARBONBUS_CACHE_QUERY_PORT in its environment; 0 for none)';
/** How often the file of read tokens is looked at. */
const TOKEN_RELOAD_MS = 10_000;

/** Runs the query side: HTTP, and Carbon's cache query protocol. */
export const API_PROGRAM: RoleProgram = {
  parts: [registerBus, registerQuery],
  start: startApi,
};

async function startApi(container: DependencyContainer): Promise<RunningRole> {
  const { settings, logger, clock, name, readTokens } = container.resolve(GIVEN);
  const membership = container.resolve(MEMBERSHIP);
  const observer = container.resolve(OBSERVER);
  const auditor = container.resolve(AUDITOR);
  const query = container.resolve(QUERY);
  const repairs = container.resolve(READ_REPAIRS);
  const headers = container.resolve(METRIC_HEADERS);
  const drawings = new DrawingPool();
  const inquiries = new Inquiries(settings.api.failOnPartial);
  const pool = new RenderPool(settings.api, () => inquiries.forgetSharedRooms());
  const events = new Events({
    reader: container.resolve(LOG_READER),
    writer: container.resolve(LOG_WRITER),
    clock,
    log: logger,
    name,
  });
  events.start();
  const { findCacheMs: ttlMs, cacheBytesMax } = settings.api;
  const bytesMax = Math.floor(cacheBytesMax * FIND_CACHE_PART);
  const finds = new FindCache({ ttlMs, bytesMax }, clock);
  const cache = new AnswerCache(
    { ...settings.api, cacheBytesMax: cacheBytesMax - bytesMax },
    clock,
  );
  const reloads = new RuleReloads({
    ...{ what: 'the read tokens', rules: readTokens, clock, log: logger },
    intervalMs: TOKEN_RELOAD_MS,
  });
  onReloadSignal(() => reloads.check());
  const requests = new RequestLog(settings.api, logger);
  const http = await HttpServer.create(
    [
      renderRoutes({ query, events, finds, clock, limits: settings.api, drawings, pool }),
      findRoutes({ query, headers, clock, exposition: exposition(membership, observer) }),
      expandRoutes(query),
      tagRoutes(query),
      functionRoutes,
      eventRoutes(events, clock),
      versionRoutes,
      infoRoutes(headers),
      backendRoutes,
      auditRoutes(auditor),
      clusterRoutes(observer),
      rejectedRoutes(membership, container.resolve(NODE_CLIENT)),
      gapRoutes(
        settings.cluster.nodes.map((node) => node.name),
        container.resolve(NODE_CLIENT),
      ),
    ],
    { ...settings.api, readTokens: () => readTokens.current },
    logger,
    { cache, requests, inquiries },
    apiTls(container, 'http'),
  );
  const { httpInterface: host, httpPort: port } = settings.api;
  await http.listen({ host, port, setting: 'HTTP_PORT' });
  logger.info({ host, port }, 'listening for HTTP');
  const prefixes = prefixesOf(settings.cache.cacheQueryNames);
  const cacheQueries = new CacheQueries(query.for(inquiries.open({ prefixes })), headers);
  const carbonlink = new CarbonlinkServer(cacheQueries, logger, apiTls(container, 'cache-query'));
  await listenForCacheQueries(container, carbonlink);
  container.resolve(BUS).serve(requestSubject('api', name), (bytes) => answerAudit(auditor, bytes));
  let state: 'live' | 'left' = 'live';
  const selfMetrics = startSelfMetrics(container, 'api', (deltas) => ({
    'cache.queries': deltas.since('queries', cacheQueries.counters.cacheQueries),
    'cache.bulk_queries': deltas.since('bulk', cacheQueries.counters.cacheBulkQueries),
    activeConnections: carbonlink.connections,
  }));
  const heartbeat = startHeartbeat(container, {
    role: 'api',
    state: () => state,
    counters: () => ({
      ...cacheQueries.counters,
      ...cache.counters,
      ...(ttlMs > 0 && finds.counters),
      ...cache.gauges,
      ...pool.counters,
      ...pool.gauges,
      ruleReloadErrors: reloads.errors,
      ...requests.counters,
      ...inquiries.counters,
      ...repairs.counters,
      cacheQueryConnections: carbonlink.connections,
      cacheQueriesRefused: carbonlink.refused,
      handshakesFailed: http.handshakesFailed + carbonlink.handshakesFailed,
      malformedHeartbeats: membership.malformedHeartbeats,
      untrackedHeartbeats: membership.untrackedHeartbeats,
      selfReportsLost: selfMetrics.lostReports,
      cpuSeconds: cpuSeconds(),
      residentBytes: residentBytes(),
    }),
  });
  return {
    failed: NEVER,
    async stop() {
      selfMetrics.stop();
      reloads.stop();
      events.stop();
      repairs.stop();
      carbonlink.close();
      await http.close();
      await drawings.close();
      await pool.close();
      membership.stop();
      state = 'left';
      heartbeat.stop();
    },
  };
}

/** Undefined for those of all names. */
function prefixesOf(names: readonly string[]): readonly string[] | undefined {
  return names.includes('') ? undefined : names;
}

/** Undefined for a port that does not speak TLS. */
function apiTls(
  container: DependencyContainer,
  port: 'http' | 'cache-query',
): TlsOptions | undefined {
  const { settings, files } = container.resolve(GIVEN);
  const { tls, tlsCertificate, tlsKey, tlsClientCa } = settings.api;
  if (!tls.includes(port)) return undefined;
  const pem = { certificate: tlsCertificate, key: tlsKey, clientCa: tlsClientCa };
  return listenerTls(files, 'API_TLS', pem);
}

async function listenForCacheQueries(
  container: DependencyContainer,
  carbonlink: CarbonlinkServer,
): Promise<void> {
  const { settings, logger, readTokens } = container.resolve(GIVEN);
  const { cacheQueryInterface: host, cacheQueryPort: port, cacheQueryNames } = settings.cache;
  if (port === 0) return;
  if (readTokens.current.length > 0 && prefixesOf(cacheQueryNames) === undefined) {
    const why = 'cache queries need no token and tell of all names: see CACHE_QUERY_NAMES';
    logger.warn({ host, port }, why);
  }
  await carbonlink.listen({ host, port, setting: CACHE_QUERY_SETTING });
  logger.info({ host, port }, 'listening for cache queries');
}
