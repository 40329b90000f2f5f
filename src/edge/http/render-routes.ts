import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../actors/ports/clock.js';
import type { Query } from '../../actors/query/query.js';
import { badRequest, type RenderLimits, renderTargets } from '../../actors/query/render.js';
import { CarbonbusError } from '../../errors.js';
import { BadRequest } from '../../query/bad-request.js';
import { consolidate } from '../../query/consolidate.js';
import { renderJson } from '../../query/json.js';
import { parseRenderRequest } from '../../query/render-request.js';
import { UTC } from '../../query/time-zone.js';
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
    const asked = parseRenderRequest(params, Math.floor(clock.nowMs() / 1000), UTC);
    if (asked instanceof BadRequest) throw badRequest(asked);
    const rendered = await renderTargets(query, asked, limits, clock);
    const { maxDataPoints, noNullPoints } = asked;
    const series =
      maxDataPoints === undefined || rendered.series.length === 0
        ? rendered.series
        : consolidate(rendered.series, maxDataPoints);
    return reply
      .headers(completenessHeaders(rendered))
      .type('application/json')
      .send(renderJson(series, noNullPoints));
  };
  return (http: FastifyInstance): void => {
    http.route({ method: ['GET', 'POST'], url: '/render', handler });
  };
}
