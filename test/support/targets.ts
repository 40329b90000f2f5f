import { limited } from '../../src/edge/limited-work.js';
import { parseSeries } from '../../src/protocols/tags.js';
import { BadRequest } from '../../src/query/bad-request.js';
import { evaluateTargets, type FetchSeries } from '../../src/query/evaluate.js';
import type { Source } from '../../src/query/functions/declaration.js';
import { FUNCTIONS } from '../../src/query/functions/registry.js';
import { type Expression, parseTarget } from '../../src/query/target.js';
import type { TimeSeries } from '../../src/query/time-series.js';
import { UTC } from '../../src/query/time-zone.js';
import type { Window } from '../../src/query/window.js';
import { parseTagExpressions, TagRefusal } from '../../src/routing/tag-expression.js';

const STEP_S = 60;

/** Ten steps, in the first hour of the epoch. */
export const WINDOW: Window = { fromS: 600, untilS: 1200, nowS: 10_000, zone: UTC };

function parsed(text: string): Expression {
  const target = parseTarget(text);
  if (target === null || target instanceof BadRequest) throw new Error(`${text} is no target`);
  return target;
}

type Values = readonly (number | null)[];

/** Values by name, which are those of any window from its start on, or are made from its start. */
export type Store = Readonly<Record<string, Values | ((fromS: number) => Values)>>;

function isOf(source: Source, name: string): boolean {
  switch (source.type) {
    case 'path':
      return source.path.endsWith('*')
        ? name.startsWith(source.path.slice(0, -1))
        : name === source.path;
    case 'tags': {
      const tags = parseSeries(name)?.tags;
      const expressions = parseTagExpressions(source.expressions);
      if (expressions instanceof TagRefusal) throw new Error(expressions.reason);
      return expressions.every(({ tag, matches }) => matches(tags?.get(tag) ?? ''));
    }
    case 'events':
      return false;
  }
}

/** The series of targets; a path that ends with `*` means all names that begin so. */
export async function evaluateOver(
  store: Store,
  targets: readonly string[],
  window: Window = WINDOW,
): Promise<readonly TimeSeries[] | BadRequest> {
  const fetch: FetchSeries = async (needs) =>
    needs.map(({ source, window: { fromS } }) => {
      return Object.keys(store)
        .filter((name) => isOf(source, name))
        .map((name) => {
          const stored = store[name];
          const all = typeof stored === 'function' ? stored(fromS) : stored;
          const values = Float64Array.from(all, (value) => value ?? Number.NaN);
          const startS = fromS + STEP_S;
          return { name, startS, endS: startS + values.length * STEP_S, stepS: STEP_S, values };
        });
    });
  const limits = {
    seriesMax: 10_000,
    pointsMax: 100_000,
    bytesMax: 1_000_000_000,
    callsMax: 1000,
    remainingMs: () => 1000,
    limited: <T>(work: () => T) => limited(work, 100),
    withinTime: <T>(work: () => T) => work(),
  };
  const options = {
    window,
    xFilesFactor: 0,
    maxDataPoints: undefined,
    templateVariables: new Map(),
    strict: false,
    functions: FUNCTIONS,
    seed: 1,
    limits,
  };
  return evaluateTargets(targets.map(parsed), options, fetch);
}
