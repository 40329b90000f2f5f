import { pythonRegex } from '../../config/python-regex.js';
import { CarbonbusError } from '../../errors.js';
import { parseSeries } from '../../protocols/tags.js';
import { GlobRefusal } from '../../routing/glob.js';
import { metricPattern } from '../../routing/metric-pattern.js';

type Wanted = (name: string) => boolean;
type Condition = (tags: ReadonlyMap<string, string>) => boolean;

/** `tag=value` and its kind. A name of a tagged series has its `;` before the first `=`. */
const EXPRESSION = /^([^;!=~^]+)(!?=~?)(.*)$/s;

/**
 * A predicate for metrics: any of some globs (of metrics, or of folders for all below them), or all of some
 * expressions on tags as in graphite's `seriesByTag`: `tag=value`, `tag!=value`, `tag=~regex`, `tag!=~regex`, with
 * `name` for the metric's own name, a missing tag counting as empty, and a regex anchored at its start.
 *
 * Errors: `PATTERN_INVALID`, `REGEX_INVALID`.
 */
export function tailPattern(patterns: readonly string[]): Wanted {
  const expressions = patterns.filter((pattern) => EXPRESSION.test(pattern));
  if (expressions.length === 0) {
    const globs = patterns.map(glob);
    return (name) => globs.some((matches) => matches(name));
  }
  if (expressions.length < patterns.length) {
    const other = patterns.find((pattern) => !expressions.includes(pattern));
    throw invalid(`${other} is a glob among expressions on tags: give either`);
  }
  const conditions = expressions.map(condition);
  return (name) => {
    const tags = parseSeries(name)?.tags;
    return tags !== undefined && conditions.every((holds) => holds(tags));
  };
}

function glob(pattern: string): Wanted {
  const matches = metricPattern(pattern);
  if (matches instanceof GlobRefusal) throw invalid(matches.reason);
  return matches;
}

function condition(expression: string): Condition {
  const [, tag, operator, text] = EXPRESSION.exec(expression) ?? [];
  const isWanted = !operator.startsWith('!');
  if (!operator.endsWith('~')) return (tags) => ((tags.get(tag) ?? '') === text) === isWanted;
  const regex = pythonRegex(`^(?:${text})`);
  return (tags) => regex.test(tags.get(tag) ?? '') === isWanted;
}

function invalid(why: string): CarbonbusError {
  return new CarbonbusError('PATTERN_INVALID', why);
}
