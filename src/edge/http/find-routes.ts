import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { FindAnswer, Query } from '../../actors/query/query.js';
import { CarbonbusError } from '../../errors.js';
import { treeItems } from '../../query/find-json.js';
import {
  CARBONAPI_V2_TYPE,
  CARBONAPI_V3_TYPE,
  isCarbonapiV2,
  isCarbonapiV3,
} from '../../query/formats/answer-form.js';
import {
  findCarbonapiV2,
  findCarbonapiV3,
  findMsgpack,
  findPickle,
} from '../../query/formats/find-results.js';
import type { Formatted } from '../../query/formats/format.js';
import { messageOf } from './carbonapi-message.js';
import { completenessHeaders } from './completeness-headers.js';
import { Params } from './params.js';

const FIND_LIMIT = 100_000;
/** Patterns of one request of carbonapi. */
const PATTERNS_MAX = 1_000;

/** `/metrics/find`: the part of the metric tree that matches a query. */
export function findRoutes(query: Query) {
  return (http: FastifyInstance): void => {
    http.route({
      method: ['GET', 'POST'],
      url: '/metrics/find',
      handler: async (request, reply) => {
        const params = new Params(request);
        const format = params.last('format');
        if (isCarbonapiV3(format, request.headers.accept)) {
          const { headers, body } = await findV3(query, request);
          if (body.length === 0) throw nothingFound();
          return reply.headers(headers).type(CARBONAPI_V3_TYPE).send(body);
        }
        const pattern = params.last('query');
        if (pattern === undefined || pattern === '') {
          throw new CarbonbusError('BAD_REQUEST', 'query: a pattern is needed, such as servers.*');
        }
        const answer = await query.find(pattern, FIND_LIMIT);
        reply.headers(completenessHeaders(answer));
        const formatted = inBackendFormat(format, pattern, answer);
        if (formatted !== undefined) return reply.type(formatted.contentType).send(formatted.body);
        return reply.send(
          treeItems(pattern, answer.nodes).map((item) => ({ ...item, context: {} })),
        );
      },
    });
  };
}

/** The answer in a format that other query servers ask for; undefined for a format of people's. */
function inBackendFormat(
  format: string | undefined,
  pattern: string,
  { nodes }: FindAnswer,
): Formatted | undefined {
  if (format === 'pickle') return { contentType: 'application/pickle', body: findPickle(nodes) };
  if (format === 'msgpack') {
    return { contentType: 'application/x-msgpack', body: findMsgpack(nodes) };
  }
  if (!isCarbonapiV2(format)) return undefined;
  if (nodes.length === 0) throw nothingFound();
  return { contentType: CARBONAPI_V2_TYPE, body: findCarbonapiV2({ pattern, nodes }) };
}

async function findV3(
  query: Query,
  request: FastifyRequest,
): Promise<{ headers: Record<string, string>; body: Uint8Array }> {
  const { metrics } = await messageOf<{ metrics: string[] }>(request, 'v3.MultiGlobRequest');
  if (metrics.length === 0 || metrics.length > PATTERNS_MAX) {
    throw new CarbonbusError('BAD_REQUEST', `metrics: 1 to ${PATTERNS_MAX} patterns are needed`);
  }
  const answers: FindAnswer[] = [];
  for (const pattern of metrics) answers.push(await query.find(pattern, FIND_LIMIT));
  const found = answers.map(({ nodes }, i) => ({ pattern: metrics[i], nodes }));
  const shardsAnswered = Math.min(...answers.map((answer) => answer.shardsAnswered));
  return {
    headers: completenessHeaders({ ...answers[0], shardsAnswered }),
    body: findCarbonapiV3(found),
  };
}

/** To carbonapi this is no failure, but that there is nothing here. */
function nothingFound(): CarbonbusError {
  return new CarbonbusError('NOT_FOUND', 'query: nothing matches');
}
