import { CarbonbusError } from '../../errors.js';
import { BadRequest, badRequest } from '../../query/bad-request.js';
import {
  type AnswerForm,
  CARBONAPI_V2_TYPE,
  CARBONAPI_V3_TYPE,
} from '../../query/formats/answer-form.js';
import {
  type AskedMetric,
  renderCarbonapiV2,
  renderCarbonapiV3,
} from '../../query/formats/carbonapi.js';
import { formatSeries, longAnswer } from '../../query/formats/format.js';
import type { RenderRequest } from '../../query/render-request.js';
import type { TimeSeries } from '../../query/time-series.js';
import { type Drawing, drawingOf } from '../drawing/drawing.js';

/** The form of an answer, with what it takes to write it. */
export type WritableForm =
  | Exclude<AnswerForm, { kind: 'carbonapiV3' }>
  | { readonly kind: 'carbonapiV3'; readonly asked: readonly AskedMetric[] };

/** An answer to `/render`, but for its drawing. */
export type Answer<Parts = Iterable<Uint8Array>> =
  | { readonly kind: 'whole'; readonly contentType: string; readonly body: Uint8Array }
  /** A long one, whose parts are made one after the other. */
  | { readonly kind: 'parts'; readonly contentType: string; readonly parts: Parts }
  | { readonly kind: 'drawing'; readonly drawing: Drawing };

/**
 * The answer that some series are, in the thread that has evaluated them.
 *
 * @throws CarbonbusError `BAD_REQUEST`, `NOT_FOUND`, `TOO_MANY_SERIES`
 */
export function answerOf(
  form: WritableForm,
  series: readonly TimeSeries[],
  request: RenderRequest,
): Answer {
  switch (form.kind) {
    case 'written': {
      const parts = longAnswer(form.format, series, request, form.options);
      if (parts !== undefined) return { kind: 'parts', contentType: 'application/json', parts };
      const written = formatSeries(form.format, series, request, form.options);
      if (written instanceof BadRequest) throw badRequest(written);
      return { kind: 'whole', ...written };
    }
    case 'carbonapiV2':
      if (series.length === 0) throw new CarbonbusError('NOT_FOUND', 'target: nothing matches');
      return { kind: 'whole', contentType: CARBONAPI_V2_TYPE, body: renderCarbonapiV2(series) };
    case 'carbonapiV3': {
      const body = renderCarbonapiV3(series, form.asked, request.window);
      return { kind: 'whole', contentType: CARBONAPI_V3_TYPE, body };
    }
    case 'drawn':
      return { kind: 'drawing', drawing: drawingOf(form, series, request.window.zone.name) };
  }
}
