import { BadRequest, badRequest } from '../../query/bad-request.js';
import { evaluateTargets } from '../../query/evaluate.js';
import { isFolded, type Need } from '../../query/fetched-series.js';
import type { RenderRequest } from '../../query/render-request.js';
import type { Series } from '../../query/series.js';
import type { TimeSeries } from '../../query/time-series.js';
import type { Clock } from '../ports/clock.js';
import { evaluationOptions, type RenderLimits, TURN_MS } from './evaluation-options.js';
import { RenderFetch, type RenderSources } from './render-fetch.js';
import { WorkTurns } from './work-turns.js';

/** What a series costs besides its points, in points. */
const WORK_PER_SERIES = 30;

/** A request that takes so long that it is better evaluated elsewhere: what is needed there to begin it anew. */
export interface LongRender {
  /** What was fetched so far: of each time the series of each need. */
  readonly fetched: readonly (readonly (readonly Series[])[])[];
  /** For the times that come after. */
  readonly fetch: (needs: readonly Need[]) => Promise<readonly (readonly Series[])[]>;
  /** Points that were fetched so far. */
  readonly points: number;
  readonly seed: number;
  /** With what is left of the time. */
  readonly limits: RenderLimits;
}

/** Thrown where enough was fetched to go on elsewhere; no error, and never seen outside. */
const LONG = Symbol('long');

/**
 * The series that the targets of a render request ask for, through their functions, in the order of the targets, those of
 * one path by name; or, where that reads `longPoints` and more, or takes as long, what it takes to evaluate it elsewhere.
 * @throws CarbonbusError `BAD_REQUEST`, `TOO_MANY_SERIES`, `TOO_MANY_POINTS`, `NO_REPLICA`, `CLIENT_GONE`
 */
export async function renderTargets(
  sources: RenderSources,
  request: RenderRequest,
  limits: RenderLimits,
  clock: Clock,
  longPoints: number,
): Promise<readonly TimeSeries[] | LongRender> {
  const source = new RenderFetch(sources, limits);
  const turns = new WorkTurns(clock, sources.query.pace, TURN_MS, () =>
    sources.query.inquiry.checkWanted(),
  );
  const endMs = clock.monotonicMs() + limits.renderTimeoutMs;
  const seed = clock.nowMs();
  const fetched: (readonly (readonly Series[])[])[] = [];
  let areFolded = false;
  let work = 0;
  const begins = (points: number): void => {
    work += points;
    if (source.points + work >= longPoints) throw LONG;
  };
  const evaluated = evaluationOptions(request, limits, seed, clock, turns);
  const options = { ...evaluated, limits: { ...evaluated.limits, begins } };
  try {
    const series = await evaluateTargets(request.targets, options, async (needs) => {
      const answers = await source.fetch(needs);
      const lists = answers.flatMap((answer) => (isFolded(answer) ? [] : [answer]));
      areFolded ||= lists.length < answers.length;
      fetched.push(lists);
      begins(lists.reduce((all, { length }) => all + length * WORK_PER_SERIES, 0));
      turns.begin();
      return answers;
    });
    if (series instanceof BadRequest) throw badRequest(series);
    return series;
  } catch (thrown) {
    if (thrown !== LONG) throw thrown;
    // Threads are handed series: where some were folded they ask for all anew.
    const other = areFolded ? new RenderFetch(sources, limits) : source;
    return {
      fetched: areFolded ? [] : fetched,
      fetch: (needs) => other.fetchSeries(needs),
      points: other.points,
      seed,
      limits: { ...limits, renderTimeoutMs: endMs - clock.monotonicMs() },
    };
  }
}
