import { BadRequest } from '../bad-request.js';
import { parseTarget } from '../target.js';
import type { TimeSeries } from '../time-series.js';

/**
 * Series under the texts of the targets that asked for them: other query servers file an answer under the very text that
 * they sent, and a call of `seriesByTag` is known to its series without what stands around it.
 */
export function underAskedExpressions(
  series: readonly TimeSeries[],
  targets: readonly string[],
): readonly TimeSeries[] {
  const asked = new Map<string, string>();
  for (const text of targets) {
    const known = knownExpression(text);
    if (known !== text) asked.set(known, text);
  }
  if (asked.size === 0) return series;
  return series.map((one) => {
    const pathExpression = asked.get(one.pathExpression);
    return pathExpression === undefined ? one : { ...one, pathExpression };
  });
}

/** The path expression that series have which a target asks for by itself, without functions. */
export function knownExpression(target: string): string {
  const parsed = parseTarget(target);
  if (parsed === null || parsed instanceof BadRequest) return target;
  return parsed.type === 'call' && parsed.name === 'seriesByTag' ? parsed.text : target;
}
