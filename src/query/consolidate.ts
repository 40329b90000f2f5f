import { BadRequest, quoted } from './bad-request.js';
import type { Series } from './series.js';

/**
 * The parameter `maxDataPoints`. Undefined, for no limit, if it is missing or anything but digits, as
 * graphite-web has it.
 */
export function parseMaxDataPoints(text: string | undefined): number | undefined | BadRequest {
  if (text === undefined || !/^\d+$/.test(text)) return undefined;
  const max = Number(text);
  return max > 0 ? max : new BadRequest('maxDataPoints', `${quoted(text)} leaves no point`);
}

/**
 * At most `maxDataPoints` points of each series, by graphite-web's rules: the averages of as many values as
 * it takes for the common window of all series. Each point is moved to a multiple of its own step, so that
 * a graph does not jitter as time goes on; values before the first such step are lost.
 *
 * @param xFilesFactor the part of the values of a point that must be known, 0 to 1
 */
export function consolidate(
  all: readonly Series[],
  maxDataPoints: number,
  xFilesFactor: number,
): Series[] {
  if (maxDataPoints === 1) return all.map((series) => toOnePoint(series, xFilesFactor));
  const startS = Math.min(...all.map((series) => series.startS));
  const endS = Math.max(...all.map((series) => series.endS));
  return all.map((series) => {
    const count = (endS - startS) / series.stepS;
    if (count <= maxDataPoints) return series;
    return toSteps(series, Math.ceil(count / maxDataPoints), xFilesFactor);
  });
}

function toOnePoint(series: Series, xFilesFactor: number): Series {
  if (series.values.length === 0) return series;
  const values = averages(series.values, series.values.length, xFilesFactor);
  return { ...series, stepS: series.endS - series.startS, values };
}

function toSteps(series: Series, valuesPerPoint: number, xFilesFactor: number): Series {
  const stepS = valuesPerPoint * series.stepS;
  const shiftS = stepS + (series.startS % series.stepS) - (series.startS % stepS);
  const startS = series.startS + shiftS;
  // The reference moves the start by the whole shift and drops one value fewer.
  const dropped = Math.max(0, Math.trunc(shiftS / series.stepS) - 1);
  const known = averages(series.values.subarray(dropped), valuesPerPoint, xFilesFactor);
  const fitting = Math.max(0, Math.floor((series.endS - startS) / stepS) + 1);
  const values = known.subarray(0, fitting);
  return { name: series.name, startS, endS: startS + values.length * stepS, stepS, values };
}

/** The average of each group of values, the last of which may be smaller. */
function averages(values: Float64Array, groupSize: number, xFilesFactor: number): Float64Array {
  const result = new Float64Array(Math.ceil(values.length / groupSize));
  for (let group = 0; group < result.length; group++) {
    const start = group * groupSize;
    const end = Math.min(start + groupSize, values.length);
    let sum = 0;
    let known = 0;
    for (let i = start; i < end; i++) {
      if (Number.isNaN(values[i])) continue;
      sum += values[i];
      known++;
    }
    const isEnough = known > 0 && known / (end - start) >= xFilesFactor;
    result[group] = isEnough ? sum / known : Number.NaN;
  }
  return result;
}
