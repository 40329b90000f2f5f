import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../actors/ports/clock.js';
import type { Query } from '../../actors/query/query.js';
import { badRequest, type RenderLimits, renderTargets } from '../../actors/query/render.js';
import { CarbonbusError } from '../../errors.js';
import { BadRequest } from '../../query/bad-request.js';
import { consolidate, parseMaxDataPoints } from '../../query/consolidate.js';
import { renderJson } from '../../query/json.js';
import { UTC } from '../../query/time-zone.js';
import { parseWindow } from '../../query/window.js';
import { completenessHeaders } from './completeness-headers.js';
import { Params } from './params.js';

/** `/render`: series as graphite's JSON. */
export function renderRoutes(query: Query, clock: Clock, limits: RenderLimits) {
  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const params = new Params(request);
    const format = params.last('format') ?? 'json';
    if (format !== 'json') {
      throw new CarbonbusError('BAD_REQUEST', `format: ${format} is not supported, json is`);
    }
    const window = accepted(
      parseWindow(
        {
          from: params.last('from'),
          until: params.last('until'),
          now: params.last('now'),
          tz: params.last('tz'),
        },
        Math.floor(clock.nowMs() / 1000),
        UTC,
      ),
    );
    const max = parseMaxDataPoints(params.last('maxDataPoints'));
    const maxDataPoints = max === undefined ? undefined : accepted(max);
    const targets = [...params.all('target'), ...params.all('target[]')];
    const rendered = await renderTargets(query, targets, window, limits);
    const series =
      maxDataPoints === undefined || rendered.series.length === 0
        ? rendered.series
        : consolidate(rendered.series, maxDataPoints, 0);
    return reply
      .headers(completenessHeaders(rendered))
      .type('application/json')
      .send(renderJson(series));
  };
  return (http: FastifyInstance): void => {
    http.route({ method: ['GET', 'POST'], url: '/render', handler });
  };
}

function accepted<T>(parsed: T | BadRequest): T {
  if (parsed instanceof BadRequest) throw badRequest(parsed);
  return parsed;
}
