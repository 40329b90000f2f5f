import type { FastifyInstance } from 'fastify';

/** The version of graphite-web whose interface this is: clients choose by it what they ask. */
const GRAPHITE_VERSION = '1.1.10';

/** `/version`, as Grafana reads it. */
export function versionRoutes(http: FastifyInstance): void {
  http.route({
    method: ['GET', 'POST'],
    url: '/version',
    config: { access: 'open' },
    handler: (_request, reply) => reply.type('text/html').send(`${GRAPHITE_VERSION}\n`),
  });
}
