import type { FastifyInstance } from 'fastify';
import type { Query } from '../../actors/query/query.js';
import { CarbonbusError } from '../../errors.js';
import type { FindNodeMessage } from '../../protocols/messages.js';
import { completenessHeaders } from './completeness-headers.js';
import { Params } from './params.js';

/** What `/metrics/find` says of one node of the tree, in graphite-web's `treejson` form. */
interface TreeItem {
  text: string;
  id: string;
  leaf: 0 | 1;
  expandable: 0 | 1;
  allowChildren: 0 | 1;
  context: Record<string, never>;
}

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
        return reply.headers(completenessHeaders(answer)).send(treeItems(answer.nodes, pattern));
      },
    });
  };
}

/** Nodes of one name become one item; an item that is both leaf and branch stays both, as two. */
function treeItems(nodes: readonly FindNodeMessage[], pattern: string): TreeItem[] {
  const base = pattern.includes('.') ? pattern.slice(0, pattern.lastIndexOf('.') + 1) : '';
  const items = new Map<string, TreeItem>();
  for (const { path, isLeaf } of nodes) {
    const text = path.slice(path.lastIndexOf('.') + 1);
    items.set(`${text}\n${isLeaf}`, {
      text,
      id: `${base}${text}`,
      leaf: isLeaf ? 1 : 0,
      expandable: isLeaf ? 0 : 1,
      allowChildren: isLeaf ? 0 : 1,
      context: {},
    });
  }
  return [...items.values()].sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
}
