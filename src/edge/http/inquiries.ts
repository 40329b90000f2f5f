import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Inquiries, Inquiry } from '../../actors/query/inquiry.js';
import { assert } from '../../assert.js';
import { CarbonbusError } from '../../errors.js';
import { Params } from './params.js';
import { prefixesFor } from './read-access.js';

/** By which an answer says how complete it is, whatever its format. */
export const COMPLETENESS_HEADERS = [
  'x-carbonbus-shards-asked',
  'x-carbonbus-shards-answered',
  'x-carbonbus-shards-behind',
  'x-carbonbus-shards-unfilled',
  'x-carbonbus-replicas-asked',
  'x-carbonbus-replicas-used',
  'x-carbonbus-points-filled',
  'x-carbonbus-cut-off',
] as const;

const REQUIRE_COMPLETE = 'x-carbonbus-require-complete';
const FLAGS: Record<string, boolean> = { '1': true, true: true, '0': false, false: false };

const opened = new WeakMap<FastifyRequest, Inquiry>();

/**
 * Makes each request an inquiry: its answer says in headers how complete it is, and what is done for it ends when the client
 * goes away. A client that wants all or nothing says `requireComplete=1`, or the same in a header.
 */
export function openInquiries(http: FastifyInstance, inquiries: Inquiries): void {
  http.addHook('preHandler', (request, reply, done) => {
    const options = { prefixes: prefixesFor(request), requireComplete: wantedOf(request) };
    const inquiry = inquiries.open(options);
    opened.set(request, inquiry);
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) inquiry.abandon();
    });
    done();
  });
  http.addHook('onSend', (request, reply, body, done) => {
    const inquiry = opened.get(request);
    if (inquiry !== undefined) addHeaders(reply, inquiry);
    done(null, body);
  });
}

/** What a request asks of the cluster for. */
export function inquiryOf(request: FastifyRequest): Inquiry {
  const inquiry = opened.get(request);
  assert(inquiry !== undefined, 'the request has an inquiry');
  return inquiry;
}

/** Whether the answer to a request, as far as it is known, lacks nothing. */
export function isComplete(request: FastifyRequest): boolean {
  return opened.get(request)?.isComplete ?? true;
}

function addHeaders(reply: FastifyReply, { completeness }: Inquiry): void {
  if (completeness.shardsAsked === 0) return;
  const values = [
    completeness.shardsAsked,
    completeness.shardsAnswered,
    completeness.shardsBehind,
    completeness.shardsUnfilled,
    completeness.replicasAsked,
    completeness.replicasUsed,
    completeness.filledPoints,
    completeness.isCutOff ? 1 : 0,
  ];
  COMPLETENESS_HEADERS.forEach((name, i) => void reply.header(name, String(values[i])));
}

function wantedOf(request: FastifyRequest): boolean | undefined {
  const text = new Params(request).last('requireComplete') ?? request.headers[REQUIRE_COMPLETE];
  if (text === undefined) return undefined;
  const flag = FLAGS[String(text).toLowerCase()];
  if (flag !== undefined) return flag;
  throw new CarbonbusError('BAD_REQUEST', `requireComplete: ${text} is neither 1 nor 0`);
}
