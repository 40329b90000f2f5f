import type { FastifyInstance } from 'fastify';
import type { Auditor } from '../../actors/audit/auditor.js';

/** `/audit`: the accounts of all stages, and who holds or lost points. */
export function auditRoutes(auditor: Auditor) {
  return (http: FastifyInstance): void => {
    http.get('/audit', () => auditor.view());
  };
}
