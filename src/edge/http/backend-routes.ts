import type { FastifyInstance } from 'fastify';
import { encodeMessage } from '../../protocols/carbonapi-messages.js';
import { CARBONAPI_V3_TYPE } from '../../query/formats/answer-form.js';

/** What a query front end asks of a store besides data: which protocols it speaks, and whether it is there. */
export function backendRoutes(http: FastifyInstance): void {
  http.get('/_internal/capabilities', (_request, reply) =>
    reply.type(CARBONAPI_V3_TYPE).send(
      encodeMessage('v3.CapabilityResponse', {
        // carbonapi takes the first one
        supportedProtocols: ['carbonapi_v3_pb', 'carbonapi_v2_pb', 'msgpack'],
        name: 'carbonbus',
      }),
    ),
  );
  http.get('/lb_check', { config: { access: 'open' } }, (_request, reply) =>
    reply.type('text/plain').send('Ok\n'),
  );
}
