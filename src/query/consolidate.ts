import { BadRequest, badRequest } from './bad-request.js';
import { groupValues } from './normalise.js';
import type { TimeSeries } from './time-series.js';

/**
 * The parameter `maxDataPoints`. Undefined, for no limit, if it is missing or anything but digits, as
 * graphite-web has it.
 */
export function parseMaxDataPoints(text: string | undefined): number | undefined {
  return text === undefined || !/^\d+$/.test(text) ? undefined : Number(text);
}

/**
 * At most `maxDataPoints` points of each series, by graphite-web's rules: as many values for a point as it
 * takes for the common window of all series, aggregated as the series wants it (`consolidateBy`). Each
 * point is moved to a multiple of its own step, so that a graph does not jitter as time goes on; values
 * before the first such step are lost.
 *
 * @throws CarbonbusError `BAD_REQUEST` where there are series, and no point is allowed
 */
export function consolidate(all: readonly TimeSeries[], maxDataPoints: number): TimeSeries[] {
  if (maxDataPoints === 0 && all.length > 0)
    throw badRequest(new BadRequest('maxDataPoints', '0 leaves no point'));
  if (maxDataPoints === 1) return all.map(toOnePoint);
  const startS = Math.min(...all.map((series) => series.startS));
  const endS = Math.max(...all.map((series) => series.endS));
  return all.map((series) => {
    const count = (endS - startS) / series.stepS;
    if (count <= maxDataPoints) return series;
    return toSteps(series, Math.ceil(count / maxDataPoints));
  });
}

function toOnePoint(series: TimeSeries): TimeSeries {
  if (series.values.length === 0) return series;
  const { values } = groupValues(series, series.values.length);
  // A line at one time (`verticalLine`) ends where it starts.
  return { ...series, stepS: Math.max(1, series.endS - series.startS), values };
}

function toSteps(series: TimeSeries, valuesPerPoint: number): TimeSeries {
  const stepS = valuesPerPoint * series.stepS;
  const shiftS = stepS + (series.startS % series.stepS) - (series.startS % stepS);
  const startS = series.startS + shiftS;
  // The reference moves the start by the whole shift and drops one value fewer.
  const dropped = Math.max(0, Math.trunc(shiftS / series.stepS) - 1);
  const left = { ...series, values: series.values.subarray(dropped) };
  const { values } = groupValues(left, valuesPerPoint);
  const fitting = Math.max(0, Math.floor((series.endS - startS) / stepS) + 1);
  const shown = values.subarray(0, fitting);
  return { ...series, startS, endS: startS + shown.length * stepS, stepS, values: shown };
}
