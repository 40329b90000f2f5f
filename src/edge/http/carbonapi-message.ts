import type { FastifyRequest } from 'fastify';
import { CarbonbusError } from '../../errors.js';
import { decodeMessage } from '../../protocols/carbonapi-messages.js';
import { rawBody } from './raw-body.js';

/** The message of carbonapi's protocol in the body of a request. Errors: `BAD_REQUEST`, `BODY_TOO_LARGE`. */
export async function messageOf<T>(request: FastifyRequest, type: string): Promise<T> {
  const message = decodeMessage<T>(type, await rawBody(request));
  if (message !== undefined) return message;
  throw new CarbonbusError('BAD_REQUEST', `the body is no ${type} of carbonapi's protocol`);
}
