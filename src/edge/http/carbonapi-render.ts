import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../actors/ports/clock.js';
import { badRequest, type RenderLimits, renderTargets } from '../../actors/query/render.js';
import type { RenderSources } from '../../actors/query/render-fetch.js';
import { CarbonbusError } from '../../errors.js';
import { BadRequest } from '../../query/bad-request.js';
import { CARBONAPI_V3_TYPE } from '../../query/formats/answer-form.js';
import { knownExpression } from '../../query/formats/asked-expressions.js';
import { renderCarbonapiV3 as encodeAnswers } from '../../query/formats/carbonapi.js';
import type { RenderRequest } from '../../query/render-request.js';
import { parseTarget } from '../../query/target.js';
import type { TimeSeries } from '../../query/time-series.js';
import { UTC } from '../../query/time-zone.js';
import type { Window } from '../../query/window.js';
import { messageOf } from './carbonapi-message.js';

/** Series or patterns of one request. */
const REQUESTS_MAX = 10_000;

/** `FetchRequest` of carbonapi's protocol v3. */
interface FetchRequest {
  /** A name or a pattern. */
  name: string;
  startTime: number;
  stopTime: number;
  /** Under which the front end files the answer. */
  pathExpression: string;
}

/** Answers a `MultiFetchRequest` in the body: one fetch for all requests of a window. 404 where there is nothing. */
export async function renderCarbonapiV3(
  { limits, clock, ...sources }: RenderSources & { limits: RenderLimits; clock: Clock },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const asked = await messageOf<{ metrics: FetchRequest[] }>(request, 'v3.MultiFetchRequest');
  if (asked.metrics.length > REQUESTS_MAX) {
    throw new CarbonbusError('BAD_REQUEST', `metrics: more than ${REQUESTS_MAX} requests`);
  }
  const nowS = Math.floor(clock.nowMs() / 1000);
  const answers: { series: TimeSeries[]; window: { fromS: number; untilS: number } }[] = [];
  for (const requests of byWindow(asked.metrics)) {
    const { startTime, stopTime } = requests[0];
    const window = { fromS: startTime, untilS: stopTime, nowS, zone: UTC };
    const series = await renderTargets(sources, requestOf(requests, window), limits, clock);
    answers.push({ series: filed(series, requests), window });
  }
  if (answers.every(({ series }) => series.length === 0)) {
    throw new CarbonbusError('NOT_FOUND', 'metrics: nothing matches');
  }
  return reply.type(CARBONAPI_V3_TYPE).send(encodeAnswers(answers));
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

/** The series of each request, under the expression that it gives. */
function filed(series: readonly TimeSeries[], requests: readonly FetchRequest[]): TimeSeries[] {
  const byExpression = new Map<string, TimeSeries[]>();
  for (const one of series) {
    const known = byExpression.get(one.pathExpression);
    if (known) known.push(one);
    else byExpression.set(one.pathExpression, [one]);
  }
  return requests.flatMap(({ name, pathExpression }) =>
    (byExpression.get(knownExpression(name)) ?? []).map((one) => ({
      ...one,
      pathExpression: pathExpression || name,
    })),
  );
}
