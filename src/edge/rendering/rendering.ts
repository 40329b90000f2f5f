import type { Readable } from 'node:stream';
import type { Clock } from '../../actors/ports/clock.js';
import type { RenderLimits } from '../../actors/query/evaluation-options.js';
import { renderTargets } from '../../actors/query/render.js';
import type { RenderSources } from '../../actors/query/render-fetch.js';
import type { RenderRequest } from '../../query/render-request.js';
import { type Answer, answerOf, type WritableForm } from './answer.js';
import type { RenderPool } from './render-pool.js';

/** What a request is evaluated with. */
export interface RenderParts extends RenderSources {
  readonly clock: Clock;
  readonly limits: RenderLimits;
  /** Where it is evaluated if it reads many points. */
  readonly pool: RenderPool;
}

/**
 * The answer to a request, from this thread or from one of the pool.
 *
 * @throws CarbonbusError those of `renderTargets`, of `answerOf` and of the pool
 */
export async function renderAnswer(
  { clock, limits, pool, ...sources }: RenderParts,
  request: RenderRequest,
  form: WritableForm,
): Promise<Answer<Readable | Iterable<Uint8Array>>> {
  const { inquiry } = sources.query;
  const rendered = await renderTargets(sources, request, limits, clock, pool.longPoints);
  inquiry.checkWanted();
  if (!('fetched' in rendered)) {
    const answer = answerOf(form, rendered, request);
    // What is written as a whole is a copy; other answers are made of the points later.
    if (answer.kind === 'whole') inquiry.letGoOfPoints();
    return answer;
  }
  const takeBackPoints = () => inquiry.takeBackPoints();
  const asked = { ...rendered, request, form, pace: sources.query.pace, takeBackPoints };
  return pool.answer(asked, inquiry.signal());
}

/** The bytes of an answer as those of Node's own, without a copy. */
export function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
