import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../actors/ports/clock.js';
import { assert } from '../../assert.js';
import { BadRequest, badRequest } from '../../query/bad-request.js';
import { parseAnswerForm } from '../../query/formats/answer-form.js';
import { parseRenderRequest } from '../../query/render-request.js';
import { UTC } from '../../query/time-zone.js';
import type { DrawnForm } from '../drawing/drawing.js';
import type { DrawingPool } from '../drawing/drawing-pool.js';
import type { Answer } from '../rendering/answer.js';
import { asBuffer, type RenderParts, renderAnswer } from '../rendering/rendering.js';
import { renderCarbonapiV3 } from './carbonapi-render.js';
import { inquiryOf } from './inquiries.js';
import { Params } from './params.js';

/** What `/render` works with. */
export interface RenderRouteParts extends RenderParts {
  readonly drawings: DrawingPool;
}

/** `/render`: series of targets over a time, in all of graphite's formats and carbonapi's. */
export function renderRoutes(parts: RenderRouteParts) {
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
  { drawings, ...all }: RenderRouteParts,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const query = all.query.for(inquiryOf(request));
  const params = new Params(request);
  const finds = params.last('noCache') === undefined ? all.finds : undefined;
  const parts = { ...all, query, finds };
  const form = accepted(parseAnswerForm(params, request.headers.accept));
  if (form.kind === 'carbonapiV3') return renderCarbonapiV3(parts, request, reply);
  const nowS = Math.floor(all.clock.nowMs() / 1000);
  const asked = accepted(parseRenderRequest(params, nowS, UTC));
  const answer = await renderAnswer(parts, asked, form);
  if (form.kind !== 'drawn' || answer.kind !== 'drawing')
    return sendWritten(answer, all.clock, reply);
  return sendDrawing(form, await drawings.draw(answer.drawing, query.inquiry.signal()), reply);
}

function sendWritten(
  answer: Answer<Readable | Iterable<Uint8Array>>,
  clock: Clock,
  reply: FastifyReply,
): FastifyReply {
  assert(answer.kind !== 'drawing', 'what is drawn was asked for as a drawing');
  reply.type(answer.contentType);
  if (answer.kind === 'whole') return reply.send(asBuffer(answer.body));
  const { parts } = answer;
  if (parts instanceof Readable) return reply.send(parts);
  return reply.send(Readable.from(pausing(parts, clock), { objectMode: false }));
}

/** Others have their turn between two parts. */
async function* pausing(parts: Iterable<Uint8Array>, clock: Clock): AsyncGenerator<Uint8Array> {
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
