import type { FastifyInstance } from 'fastify';
import type { FindAnswer, Query } from '../../actors/query/query.js';
import { CarbonbusError } from '../../errors.js';
import { sendJsonp } from './graphite-json.js';
import { inquiryOf } from './inquiries.js';
import { Params, pythonInt } from './params.js';

const EXPAND_LIMIT = 100_000;
/** Queries of one request. */
const QUERIES_MAX = 100;
/** Metrics of the whole index: some hundred megabytes of answer. */
const INDEX_LIMIT = 2_000_000;

/** `/metrics/expand`: the paths that globs stand for; `/metrics/index.json`: all metrics. */
export function expandRoutes(query: Query) {
  return (http: FastifyInstance): void => {
    http.route({
      method: ['GET', 'POST', 'PUT'],
      url: '/metrics/expand',
      config: { cached: 'find', access: 'names' },
      handler: async (request, reply) => {
        const params = new Params(request);
        const groupByExpr = flag(params, 'groupByExpr');
        const leavesOnly = flag(params, 'leavesOnly');
        checkLocal(params);
        const patterns = [...new Set(params.all('query'))];
        if (patterns.length > QUERIES_MAX) {
          throw new CarbonbusError('BAD_REQUEST', `query: ${QUERIES_MAX} are allowed`);
        }
        const asked = query.for(inquiryOf(request));
        const results: Record<string, string[]> = {};
        for (const pattern of patterns) {
          const answer = await asked.find(pattern, EXPAND_LIMIT);
          if (answer.truncated) throw tooMany('query', EXPAND_LIMIT);
          results[pattern] = pathsOf(answer, leavesOnly);
        }
        const all = [...new Set(Object.values(results).flat())].sort();
        return sendJsonp(reply, params, { results: groupByExpr ? results : all });
      },
    });
    http.route({
      method: ['GET', 'POST'],
      url: '/metrics/index.json',
      config: { cached: 'find', access: 'names' },
      handler: async (request, reply) => {
        const params = new Params(request);
        checkLocal(params);
        const answer = await query.for(inquiryOf(request)).find('**', INDEX_LIMIT);
        if (answer.truncated) throw tooMany('index.json', INDEX_LIMIT);
        return sendJsonp(reply, params, pathsOf(answer, true));
      },
    });
  };
}

/** Sorted, each once. */
function pathsOf({ nodes }: FindAnswer, leavesOnly: boolean): string[] {
  const wanted = leavesOnly ? nodes.filter(({ isLeaf }) => isLeaf) : nodes;
  return [...new Set(wanted.map(({ path }) => path))].sort();
}

function flag(params: Params, name: string): boolean {
  const value = pythonInt(params.last(name) ?? '0');
  if (typeof value === 'number') return value !== 0;
  throw new CarbonbusError('BAD_REQUEST', `${name}: ${value.reason}`);
}

/** Every answer speaks for the whole cluster, but what is no number is a mistake. */
function checkLocal(params: Params): void {
  flag(params, 'local');
}

function tooMany(what: string, limit: number): CarbonbusError {
  return new CarbonbusError('TOO_MANY_SERIES', `${what}: there are more than ${limit} paths`);
}
