import { CarbonbusError } from '../../errors.js';
import type { BadRequest } from '../../query/bad-request.js';
import type { Series } from '../../query/series.js';
import { type Expression, unsupportedFunction } from '../../query/target.js';
import type { Window } from '../../query/window.js';
import type { Completeness, Query } from './query.js';

/** What one render request may cost. */
export interface RenderLimits {
  renderMaxSeries: number;
  renderMaxPoints: number;
}

export interface Rendered extends Completeness {
  /** In the order of the targets, those of one target by name. */
  series: Series[];
}

type Coverage = Omit<Completeness, 'filledPoints'>;

/** The metrics that one target names. */
interface Resolved extends Coverage {
  names: string[];
}

const WILDCARDS = /[*?[\]{}]/;

/**
 * The series that the targets of a render request ask for.
 * @throws CarbonbusError `BAD_REQUEST`, `TOO_MANY_SERIES`, `TOO_MANY_POINTS`, `NO_REPLICA`
 */
export async function renderTargets(
  query: Query,
  targets: readonly Expression[],
  window: Window,
  limits: RenderLimits,
): Promise<Rendered> {
  const resolved = await Promise.all(
    targets.map((target) => resolveTarget(query, target, limits.renderMaxSeries)),
  );
  const names = new Set(resolved.flatMap((one) => one.names));
  if (names.size > limits.renderMaxSeries) throw tooManySeries(limits.renderMaxSeries);
  const { fromS, untilS, nowS } = window;
  const fetched = await query.fetch([...names], fromS, untilS, nowS);
  let points = 0;
  for (const series of fetched.series.values()) points += series.values.length;
  if (points > limits.renderMaxPoints) {
    throw new CarbonbusError(
      'TOO_MANY_POINTS',
      `the request reads ${points} points, more than RENDER_MAX_POINTS (${limits.renderMaxPoints})`,
    );
  }
  return {
    series: resolved.flatMap((one) =>
      one.names.flatMap((name) => {
        const series = fetched.series.get(name);
        return series === undefined ? [] : [series];
      }),
    ),
    ...worst([...resolved, fetched]),
    filledPoints: fetched.filledPoints,
  };
}

/** The least complete of several answers. */
function worst(answers: readonly Coverage[]): Coverage {
  const missing = (answer: Coverage): number => answer.shardsAsked - answer.shardsAnswered;
  const { shardsAsked, shardsAnswered } = answers.reduce((a, b) =>
    missing(b) > missing(a) || (missing(b) === missing(a) && b.shardsAsked > a.shardsAsked) ? b : a,
  );
  return { shardsAsked, shardsAnswered };
}

async function resolveTarget(
  query: Query,
  expression: Expression,
  limit: number,
): Promise<Resolved> {
  const none = { names: [], shardsAsked: 0, shardsAnswered: 0 };
  if (expression.type === 'call') throw badRequest(unsupportedFunction(expression.name));
  const { path } = expression;
  if (path.includes(';') || !WILDCARDS.test(path)) return { ...none, names: [path] };
  const found = await query.find(path, limit + 1);
  const names = found.nodes.filter((node) => node.isLeaf).map((node) => node.path);
  if (names.length > limit || found.truncated) throw tooManySeries(limit);
  return { names, shardsAsked: found.shardsAsked, shardsAnswered: found.shardsAnswered };
}

/** A refused request as an error, for the HTTP edge to answer with status 400. */
export function badRequest(refused: BadRequest): CarbonbusError {
  return new CarbonbusError('BAD_REQUEST', refused.message);
}

function tooManySeries(limit: number): CarbonbusError {
  return new CarbonbusError(
    'TOO_MANY_SERIES',
    `the request matches more than RENDER_MAX_SERIES (${limit}) series: narrow the pattern`,
  );
}
