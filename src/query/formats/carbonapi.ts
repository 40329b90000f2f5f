import { encodeMessage } from '../../protocols/carbonapi-messages.js';
import { columnBytes } from '../../protocols/codec.js';
import type { TimeSeries } from '../time-series.js';

/** The window that an answer of v3 repeats. */
interface AskedWindow {
  readonly fromS: number;
  readonly untilS: number;
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

/** `MultiFetchResponse` of carbonapi's protocol v3: NaN where there is no value. */
export function renderCarbonapiV3(
  answers: readonly { readonly series: readonly TimeSeries[]; readonly window: AskedWindow }[],
): Uint8Array {
  const metrics = answers.flatMap(({ series, window }) =>
    series.map((one) => ({
      name: one.name,
      pathExpression: one.pathExpression,
      consolidationFunc: one.consolidateBy,
      startTime: one.startS,
      stopTime: one.endS,
      stepTime: one.stepS,
      xFilesFactor: one.xFilesFactor,
      values: columnBytes(one.values),
      requestStartTime: window.fromS,
      requestStopTime: window.untilS,
    })),
  );
  return encodeMessage('v3.MultiFetchResponse', { metrics });
}
