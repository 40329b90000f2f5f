import type { FastifyRequest } from 'fastify';
import { CarbonbusError } from '../../errors.js';

/** A request body larger than this is refused; Grafana's largest are a few kilobytes. */
export const BODY_BYTES_MAX = 4 * 1024 * 1024;

/**
 * The bytes of a request's body, whatever its method: carbonapi sends one with GET, which fastify leaves unread.
 * Errors: `BODY_TOO_LARGE`.
 */
export async function rawBody(request: FastifyRequest): Promise<Uint8Array> {
  if (request.body instanceof Uint8Array) return request.body;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.raw) {
    bytes += (chunk as Uint8Array).length;
    if (bytes > BODY_BYTES_MAX) {
      throw new CarbonbusError('BODY_TOO_LARGE', `the body has more than ${BODY_BYTES_MAX} bytes`);
    }
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks);
}
