import type { FastifyReply, FastifyRequest } from 'fastify';
import { assert } from '../../assert.js';
import { CarbonbusError } from '../../errors.js';
import { BadRequest, badRequest } from '../../query/bad-request.js';
import { CARBONAPI_V3_TYPE } from '../../query/formats/answer-form.js';
import type { AskedMetric } from '../../query/formats/carbonapi.js';
import type { RenderRequest } from '../../query/render-request.js';
import { parseTarget } from '../../query/target.js';
import { UTC } from '../../query/time-zone.js';
import type { Window } from '../../query/window.js';
import { asBuffer, type RenderParts, renderAnswer } from '../rendering/rendering.js';
import { messageOf } from './carbonapi-message.js';

/** Series or patterns of one request. */
const REQUESTS_MAX = 10_000;

/** `FetchRequest` of carbonapi's protocol v3. */
interface FetchRequest extends AskedMetric {
  readonly startTime: number;
  readonly stopTime: number;
}

/** Answers a `MultiFetchRequest` in the body: one fetch for all requests of a window. 404 where there is nothing. */
export async function renderCarbonapiV3(
  parts: RenderParts,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const asked = await messageOf<{ metrics: FetchRequest[] }>(request, 'v3.MultiFetchRequest');
  if (asked.metrics.length > REQUESTS_MAX) {
    throw new CarbonbusError('BAD_REQUEST', `metrics: more than ${REQUESTS_MAX} requests`);
  }
  const nowS = Math.floor(parts.clock.nowMs() / 1000);
  const bodies: Uint8Array[] = [];
  for (const requests of byWindow(asked.metrics)) {
    const { startTime, stopTime } = requests[0];
    // In the wrong order they are changed over, as those of `from` and `until` are.
    const fromS = Math.min(startTime, stopTime);
    const window = { fromS, untilS: Math.max(startTime, stopTime), nowS, zone: UTC };
    const metrics = requests.map(({ name, pathExpression }) => ({ name, pathExpression }));
    const form = { kind: 'carbonapiV3', asked: metrics } as const;
    const answer = await renderAnswer(parts, requestOf(requests, window), form);
    assert(answer.kind === 'whole', 'a message is written as a whole');
    bodies.push(answer.body);
  }
  if (bodies.every(({ length }) => length === 0)) {
    throw new CarbonbusError('NOT_FOUND', 'metrics: nothing matches');
  }
  const [first] = bodies;
  const body = bodies.length === 1 ? asBuffer(first) : Buffer.concat(bodies);
  return reply.type(CARBONAPI_V3_TYPE).send(body);
}

function byWindow(requests: readonly FetchRequest[]): FetchRequest[][] {
  const windows = new Map<string, FetchRequest[]>();
  for (const request of requests) {
    const key = `${request.startTime} ${request.stopTime}`;
    const known = windows.get(key);
    if (known) known.push(request);
    else windows.set(key, [request]);
  }
  return [...windows.values()];
}

/** What the front end asks for: no functions, which it has itself. */
function requestOf(requests: readonly FetchRequest[], window: Window): RenderRequest {
  const targets = [...new Set(requests.map(({ name }) => name))].flatMap((name) => {
    const target = parseTarget(name);
    if (target instanceof BadRequest) throw badRequest(target);
    return target ?? [];
  });
  return {
    targets,
    window,
    maxDataPoints: undefined,
    xFilesFactor: 0,
    noNullPoints: false,
    templateVariables: new Map(),
  };
}
