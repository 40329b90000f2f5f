import { encodeMessage } from '../../protocols/carbonapi-messages.js';
import { columnBytes } from '../../protocols/codec.js';
import type { TimeSeries } from '../time-series.js';
import type { Window } from '../window.js';
import { knownExpression } from './asked-expressions.js';

/** A series or a pattern that carbonapi's protocol v3 asks for. */
export interface AskedMetric {
  readonly name: string;
  /** Under which the front end files the answer. */
  readonly pathExpression: string;
}

/** `MultiFetchResponse` of carbonapi's protocol v2: what has no value is 0 there, and absent. */
export function renderCarbonapiV2(series: readonly TimeSeries[]): Uint8Array {
  const metrics = series.map(({ name, startS, endS, stepS, values }) => {
    const known = Float64Array.from(values);
    const isAbsent = new Uint8Array(values.length);
    for (let i = 0; i < values.length; i++) {
      if (!Number.isNaN(values[i])) continue;
      known[i] = 0;
      isAbsent[i] = 1;
    }
    const times = { startTime: startS, stopTime: endS, stepTime: stepS };
    return { name, ...times, values: columnBytes(known), isAbsent };
  });
  return encodeMessage('v2.MultiFetchResponse', { metrics });
}

/**
 * `MultiFetchResponse` of carbonapi's protocol v3 for the requests of one window: NaN where there is no value. Those of several
 * windows are one when they stand one after the other.
 */
export function renderCarbonapiV3(
  series: readonly TimeSeries[],
  asked: readonly AskedMetric[],
  { fromS, untilS }: Pick<Window, 'fromS' | 'untilS'>,
): Uint8Array {
  const metrics = filed(series, asked).map((one) => ({
    name: one.name,
    pathExpression: one.pathExpression,
    consolidationFunc: one.consolidateBy,
    startTime: one.startS,
    stopTime: one.endS,
    stepTime: one.stepS,
    xFilesFactor: one.xFilesFactor,
    values: columnBytes(one.values),
    requestStartTime: fromS,
    requestStopTime: untilS,
  }));
  return encodeMessage('v3.MultiFetchResponse', { metrics });
}

/** The series of each request, under the expression that it gives. */
function filed(series: readonly TimeSeries[], asked: readonly AskedMetric[]): TimeSeries[] {
  const byExpression = new Map<string, TimeSeries[]>();
  for (const one of series) {
    const known = byExpression.get(one.pathExpression);
    if (known) known.push(one);
    else byExpression.set(one.pathExpression, [one]);
  }
  return asked.flatMap(({ name, pathExpression }) =>
    (byExpression.get(knownExpression(name)) ?? []).map((one) => ({
      ...one,
      pathExpression: pathExpression || name,
    })),
  );
}
