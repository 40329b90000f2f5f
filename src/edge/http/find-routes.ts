import type { FastifyInstance } from 'fastify';
import type { Query } from '../../actors/query/query.js';
import { CarbonbusError } from '../../errors.js';
import { treeItems } from '../../query/find-json.js';
import { completenessHeaders } from './completeness-headers.js';
import { Params } from './params.js';

const FIND_LIMIT = 100_000;

/** `/metrics/find`: the part of the metric tree that matches a query. */
export function findRoutes(query: Query) {
  return (http: FastifyInstance): void => {
    http.route({
      method: ['GET', 'POST'],
      url: '/metrics/find',
      handler: async (request, reply) => {
        const pattern = new Params(request).last('query');
        if (pattern === undefined || pattern === '') {
          throw new CarbonbusError('BAD_REQUEST', 'query: a pattern is needed, such as servers.*');
        }
        const answer = await query.find(pattern, FIND_LIMIT);
        return reply
          .headers(completenessHeaders(answer))
          .send(treeItems(pattern, answer.nodes).map((item) => ({ ...item, context: {} })));
      },
    });
  };
}
