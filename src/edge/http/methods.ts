import type { FastifyInstance, HTTPMethods } from 'fastify';

const METHODS: readonly HTTPMethods[] = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'];

/** Answers 405, as Django does, to every method of a path but those that it has. */
export function otherMethods(http: FastifyInstance, url: string, ...known: HTTPMethods[]): void {
  http.route({
    method: METHODS.filter((method) => !known.includes(method)),
    url,
    handler: (_request, reply) =>
      reply.status(405).header('allow', known.join(', ')).type('text/html').send(''),
  });
}
