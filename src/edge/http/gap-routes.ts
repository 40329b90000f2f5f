import type { FastifyInstance } from 'fastify';
import { clusterGaps } from '../../actors/query/gaps.js';
import type { NodeClient } from '../../actors/query/node-client.js';

/** `/gaps`: the points that replicas lack, why, and what becomes of that. */
export function gapRoutes(nodes: readonly string[], client: NodeClient) {
  return (http: FastifyInstance): void => {
    http.get('/gaps', () => clusterGaps(client, nodes));
  };
}
