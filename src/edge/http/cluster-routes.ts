import type { FastifyInstance } from 'fastify';
import type { ClusterObserver, ClusterView } from '../../actors/query/cluster-view.js';

/** `/cluster` and the health checks. */
export function clusterRoutes(observer: ClusterObserver) {
  return (http: FastifyInstance): void => {
    http.get('/cluster', () => observer.view());
    http.get('/health/live', { config: { access: 'open' } }, () => ({ status: 'live' }));
    http.get('/health/ready', { config: { access: 'open' } }, async (_request, reply) => {
      const without = shardsWithoutReplica(await observer.view());
      if (without.length === 0) return { status: 'ready' };
      return reply.status(503).send({ status: 'not ready', shardsWithoutLiveReplica: without });
    });
  };
}

/** Shards that no live replica answers for: queries about them would be incomplete or late. */
function shardsWithoutReplica(view: ClusterView): number[] {
  const served = new Set<number>();
  for (const node of view.nodes) {
    if (node.state !== 'live' && node.state !== 'replaying') continue;
    for (const replica of node.shards) if (replica.state === 'live') served.add(replica.shard);
  }
  return Array.from({ length: view.shardCount }, (_, shard) => shard).filter(
    (shard) => !served.has(shard),
  );
}
