import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import { CarbonbusError } from '../../errors.js';

/** Clients whose requests are counted; of more, those that were silent longest begin anew. */
const CLIENTS_MAX = 10_000;
/** Whoever watches over us is never sent away. */
const UNLIMITED = /^\/(health|lb_check|metrics\/?$|_internal)/;

/** Refuses requests of a client (its address) beyond so many a second, with status 429. Comes before routes. */
export async function limitClients(http: FastifyInstance, perSecond: number): Promise<void> {
  if (perSecond === 0) return;
  await http.register(rateLimit, {
    max: perSecond,
    timeWindow: 1_000,
    cache: CLIENTS_MAX,
    allowList: ({ url }) => UNLIMITED.test(url),
    errorResponseBuilder: () =>
      new CarbonbusError(
        'TOO_MANY_REQUESTS',
        `more than ${perSecond} requests in a second: ask later (HTTP_CLIENT_REQUESTS_PER_SECOND)`,
      ),
  });
}
