import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../actors/ports/clock.js';
import { badRequest, type RenderLimits, renderTargets } from '../../actors/query/render.js';
import type { RenderSources } from '../../actors/query/render-fetch.js';
import { CarbonbusError } from '../../errors.js';
import { BadRequest } from '../../query/bad-request.js';
import { CARBONAPI_V2_TYPE, parseAnswerForm } from '../../query/formats/answer-form.js';
import { renderCarbonapiV2 } from '../../query/formats/carbonapi.js';
import { formatSeries, longAnswer } from '../../query/formats/format.js';
import { parseRenderRequest } from '../../query/render-request.js';
import { UTC } from '../../query/time-zone.js';
import { type DrawnForm, drawingOf } from '../drawing/drawing.js';
import type { DrawingPool } from '../drawing/drawing-pool.js';
import { renderCarbonapiV3 } from './carbonapi-render.js';
import { inquiryOf } from './inquiries.js';
import { Params } from './params.js';

/** What `/render` works with. */
export interface RenderParts extends RenderSources {
  readonly clock: Clock;
  readonly limits: RenderLimits;
  readonly drawings: DrawingPool;
}

/** `/render`: series of targets over a time, in all of graphite's formats and carbonapi's. */
export function renderRoutes(parts: RenderParts) {
  return (http: FastifyInstance): void => {
    http.route({
      method: ['GET', 'POST', 'PUT'],
      url: '/render',
      config: { cached: 'render', access: 'names' },
      handler: (request, reply) => render(parts, request, reply),
    });
  };
}

async function render(
  { query: all, events, finds: remembered, clock, limits, drawings }: RenderParts,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const query = all.for(inquiryOf(request));
  const params = new Params(request);
  const finds = params.last('noCache') === undefined ? remembered : undefined;
  const nowS = Math.floor(clock.nowMs() / 1000);
  const form = accepted(parseAnswerForm(params, request.headers.accept));
  if (form.kind === 'carbonapiV3') {
    return renderCarbonapiV3({ query, events, finds, limits, clock }, request, reply);
  }
  const asked = accepted(parseRenderRequest(params, nowS, UTC));
  const series = await renderTargets({ query, events, finds }, asked, limits, clock);
  query.inquiry.checkWanted();
  switch (form.kind) {
    case 'written': {
      const parts = longAnswer(form.format, series, asked, form.options);
      if (parts !== undefined) {
        const stream = Readable.from(pausing(parts, clock), { objectMode: false });
        return reply.type('application/json').send(stream);
      }
      const { contentType, body } = accepted(
        formatSeries(form.format, series, asked, form.options),
      );
      return reply.type(contentType).send(body);
    }
    case 'carbonapiV2':
      if (series.length === 0) throw new CarbonbusError('NOT_FOUND', 'target: nothing matches');
      return reply.type(CARBONAPI_V2_TYPE).send(renderCarbonapiV2(series));
    case 'drawn': {
      const drawing = drawingOf(form, series, asked.window.zone.name);
      return sendDrawing(form, await drawings.draw(drawing, query.inquiry.signal), reply);
    }
  }
}

/** Others have their turn between two parts. */
async function* pausing(parts: Iterable<Buffer>, clock: Clock): AsyncGenerator<Buffer> {
  for (const part of parts) {
    yield part;
    await clock.yieldNow();
  }
}

function sendDrawing({ format, jsonp }: DrawnForm, bytes: Uint8Array, reply: FastifyReply) {
  if (format === 'png') return reply.type('image/png').send(bytes);
  if (jsonp === undefined) return reply.type('image/svg+xml').send(bytes);
  const text = Buffer.from(bytes).toString();
  return reply.type('text/javascript').send(`${jsonp}(${JSON.stringify(text)})`);
}

/** @throws CarbonbusError `BAD_REQUEST` for what was refused */
function accepted<T>(read: T | BadRequest): T {
  if (read instanceof BadRequest) throw badRequest(read);
  return read;
}
