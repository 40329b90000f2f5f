import type { FastifyInstance } from 'fastify';
import type { Query } from '../../actors/query/query.js';
export function renderRoutes(_q: Query, _c: object, _s: object) {
  return (_h: FastifyInstance): void => {};
}
