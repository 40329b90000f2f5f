import type { FastifyInstance } from 'fastify';
import type { Membership } from '../../actors/membership/membership.js';
import type { NodeClient } from '../../actors/query/node-client.js';
import { recentRejections } from '../../actors/query/rejections.js';
import { REJECTIONS_MAX } from '../../protocols/messages.js';
import { Params } from './params.js';

/** `/rejected`: the inputs that the relays refused last, at most `limit`. */
export function rejectedRoutes(membership: Membership, client: NodeClient) {
  return (http: FastifyInstance): void => {
    http.get('/rejected', (request) => {
      const limit = new Params(request).count('limit') ?? REJECTIONS_MAX;
      const relays = membership
        .ofRole('relay')
        .filter((relay) => relay.state !== 'down')
        .map(({ name }) => name);
      return recentRejections(client, relays, Math.min(limit, REJECTIONS_MAX));
    });
  };
}
