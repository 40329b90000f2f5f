import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../actors/ports/clock.js';
import type { MetricHeaders } from '../../actors/query/metric-headers.js';
import type { FindAnswer, Query } from '../../actors/query/query.js';
import { CarbonbusError } from '../../errors.js';
import { BadRequest } from '../../query/bad-request.js';
import { completerItems, completerQuery, nodeList, treeItems } from '../../query/find-json.js';
import {
  CARBONAPI_V2_TYPE,
  CARBONAPI_V3_TYPE,
  isCarbonapiV2,
  isCarbonapiV3,
} from '../../query/formats/answer-form.js';
import {
  type FoundNode,
  findCarbonapiV2,
  findCarbonapiV3,
  findMsgpack,
  findPickle,
} from '../../query/formats/find-results.js';
import { UTC } from '../../query/time-zone.js';
import { parseTime } from '../../query/times.js';
import { messageOf } from './carbonapi-message.js';
import { sendJsonp } from './graphite-json.js';
import { inquiryOf } from './inquiries.js';
import { Params, pythonInt } from './params.js';
import { isRestricted } from './read-access.js';

const FIND_LIMIT = 100_000;
/** Patterns of one request of carbonapi. */
const PATTERNS_MAX = 1_000;
/** Metrics of one answer whose times are told: beyond, they count as open. */
const INTERVALS_MAX = 10_000;

/** What `/metrics/find` works with. */
export interface FindParts {
  readonly query: Query;
  readonly headers: MetricHeaders;
  readonly clock: Clock;
  /** Answers to `/metrics` without a query, which is Prometheus' path as well as an old one of graphite's. */
  readonly exposition?: (reply: FastifyReply) => Promise<FastifyReply>;
}

/** A parameter that graphite-web refuses, in its words. */
class Refused {
  readonly reason: string;
  readonly contentType: string;

  constructor(reason: string, contentType = 'text/html; charset=utf-8') {
    this.reason = reason;
    this.contentType = contentType;
  }
}

/** `/metrics/find`: the part of the metric tree that matches a query; `/metrics` is its old name. */
export function findRoutes(parts: FindParts) {
  return (http: FastifyInstance): void => {
    http.route({
      method: ['GET', 'POST', 'PUT'],
      url: '/metrics/find',
      config: { cached: 'find', access: 'names' },
      handler: (request, reply) => find(parts, request, reply),
    });
    http.route({
      method: ['GET', 'POST'],
      url: '/metrics',
      config: { access: 'names' },
      handler: (request, reply) => {
        const isFind = new Params(request).last('query') !== undefined;
        if (isFind || parts.exposition === undefined || isRestricted(request)) {
          return find(parts, request, reply);
        }
        return parts.exposition(reply);
      },
    });
  };
}

async function find(
  all: FindParts,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const parts = { ...all, query: all.query.for(inquiryOf(request)) };
  const params = new Params(request);
  const format = params.last('format') ?? 'treejson';
  if (isCarbonapiV3(format, request.headers.accept)) return findV3(parts.query, request, reply);
  const clockS = Math.floor(parts.clock.nowMs() / 1000);
  const asked = askedOf(params, format, clockS);
  if (asked instanceof Refused) {
    return reply.status(400).type(asked.contentType).send(asked.reason);
  }
  // Whether there are several to stand for is told by the paths alone.
  const namesOnly = format === 'treejson' && !asked.wildcards;
  const found = await findSome(parts.query, asked.pattern, namesOnly);
  const nodes = asked.leavesOnly ? found.filter(({ isLeaf }) => isLeaf) : found;
  switch (format) {
    case 'treejson':
      return sendJsonp(reply, params, treeItems(asked.pattern, nodes, asked.wildcards));
    case 'completer':
      return sendJsonp(reply, params, completerItems(nodes, asked.wildcards));
    case 'nodelist': {
      const list = nodeList(nodes, asked.position);
      if (list !== undefined) return sendJsonp(reply, params, list);
      throw new CarbonbusError('BAD_REQUEST', `position: a path has no part ${asked.position}`);
    }
  }
  if (isCarbonapiV2(format)) {
    if (nodes.length === 0) throw nothingFound();
    const body = findCarbonapiV2({ pattern: asked.pattern, nodes });
    return reply.type(CARBONAPI_V2_TYPE).send(body);
  }
  // A front end, which decodes, would leave out what it takes for too old; and there may be very many.
  const isFrontEnd = asked.isLocal && format !== 'json';
  const timed = isFrontEnd ? nodes : await withIntervals(parts.headers, nodes, clockS);
  return sendNodes(format, timed, request, reply);
}

/** What matches, up to a limit; the answer says where that cuts it off. */
async function findSome(
  query: Query,
  pattern: string,
  namesOnly: boolean,
): Promise<FindAnswer['nodes']> {
  const { nodes, truncated } = namesOnly
    ? await query.findNames(pattern, FIND_LIMIT)
    : await query.find(pattern, FIND_LIMIT);
  if (truncated) query.inquiry.noteCutOff(FIND_LIMIT);
  return nodes;
}

function sendNodes(
  format: string,
  nodes: readonly FoundNode[],
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  if (format === 'pickle') return reply.type('application/pickle').send(findPickle(nodes));
  if (format === 'msgpack') {
    const forCarbonapi = /protobuf|carbonapi/.test(request.headers.accept ?? '');
    return reply.type('application/x-msgpack').send(findMsgpack(nodes, forCarbonapi));
  }
  const items = nodes.map(({ path, isLeaf, interval }) => ({
    path,
    is_leaf: isLeaf,
    intervals: interval && [{ start: interval[0], end: interval[1] }],
  }));
  return sendJsonp(reply, new Params(request), items);
}

const FORMATS = ['treejson', 'completer', 'nodelist', 'json', 'pickle', 'msgpack'];

function askedOf(params: Params, format: string, clockS: number) {
  const typed = params.last('query');
  if (typed === undefined) return invalid("Missing required parameter 'query'");
  if (typed === '') return invalid("Required parameter 'query' is empty");
  if (!FORMATS.includes(format) && !isCarbonapiV2(format)) {
    return new Refused("Invalid value for 'format' parameter", 'text/plain; charset=utf-8');
  }
  const numbers: Record<string, number> = {};
  for (const name of ['local', 'leavesOnly', 'wildcards', 'position', 'automatic_variants']) {
    const text = params.last(name) ?? (name === 'position' ? '-1' : '0');
    const value = pythonInt(text);
    if (typeof value !== 'number') {
      return invalid(`Invalid int value '${text}' for param ${name}: ${value.reason}`);
    }
    numbers[name] = value;
  }
  const nowS = parseTime(params.last('now') ?? 'now', clockS, UTC, 'now');
  if (nowS instanceof BadRequest) return invalidTime(params, nowS);
  const fromS = timeOf(params, 'from', nowS) ?? -Infinity;
  if (fromS instanceof BadRequest) return invalidTime(params, fromS);
  const untilS = timeOf(params, 'until', nowS) ?? Infinity;
  if (untilS instanceof BadRequest) return invalidTime(params, untilS);
  if (fromS > untilS) return invalid(`from (${fromS}) is after until (${untilS})`);
  return {
    pattern:
      format === 'completer' ? completerQuery(typed, numbers.automatic_variants !== 0) : typed,
    isLocal: numbers.local !== 0,
    leavesOnly: numbers.leavesOnly !== 0,
    wildcards: numbers.wildcards !== 0,
    position: numbers.position,
  };
}

/** Nothing, and -1, are any time. */
function timeOf(params: Params, name: string, nowS: number): number | undefined | BadRequest {
  const text = params.last(name);
  return text === undefined || text === '-1' ? undefined : parseTime(text, nowS, UTC, name);
}

function invalid(reason: string): Refused {
  return new Refused(`Invalid parameters (${reason})`);
}

function invalidTime(params: Params, { parameter }: BadRequest): Refused {
  const text = params.last(parameter) ?? '';
  return invalid(
    `Invalid value '${text}' for param ${parameter}: Unknown day reference: ${text.toLowerCase()}`,
  );
}

/** Each metric with the time that its file covers, up to now, as points may be queued. */
async function withIntervals(
  headers: MetricHeaders,
  nodes: readonly FoundNode[],
  nowS: number,
): Promise<readonly FoundNode[]> {
  const names = nodes.flatMap(({ path, isLeaf }) => (isLeaf ? [path] : []));
  if (names.length > INTERVALS_MAX) return nodes;
  const infos = await headers.infos(names);
  return nodes.map((node) => {
    const info = node.isLeaf ? infos.get(node.path) : undefined;
    return info ? { ...node, interval: [nowS - info.maxRetention, nowS] } : node;
  });
}

async function findV3(
  query: Query,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { metrics } = await messageOf<{ metrics: string[] }>(request, 'v3.MultiGlobRequest');
  if (metrics.length === 0 || metrics.length > PATTERNS_MAX) {
    throw new CarbonbusError('BAD_REQUEST', `metrics: 1 to ${PATTERNS_MAX} patterns are needed`);
  }
  const answers: FindAnswer['nodes'][] = [];
  for (const pattern of metrics) answers.push(await findSome(query, pattern, false));
  const body = findCarbonapiV3(answers.map((nodes, i) => ({ pattern: metrics[i], nodes })));
  if (body.length === 0) throw nothingFound();
  return reply.type(CARBONAPI_V3_TYPE).send(body);
}

/** To carbonapi this is no failure, but that there is nothing here. */
function nothingFound(): CarbonbusError {
  return new CarbonbusError('NOT_FOUND', 'query: nothing matches');
}
