import { BadRequest } from './bad-request.js';
import { Evaluation, type EvaluationOptions, PAUSED } from './evaluation.js';
import type { FetchedAnswer, Need } from './fetched-series.js';
import type { Expression } from './target.js';
import type { TimeSeries } from './time-series.js';

/** Nested calls that each look further back take a round each. */
const ROUNDS_MAX = 100;

/** The answer to each need, in the order of the needs. */
export type FetchSeries = (needs: readonly Need[]) => Promise<readonly FetchedAnswer[]>;

/**
 * The series that targets ask for, in the order of the targets: evaluates, fetches what that needs, all of
 * it at once, and evaluates again. Errors of `fetch` and of turns pass
 * through.
 */
export async function evaluateTargets(
  targets: readonly Expression[],
  options: EvaluationOptions,
  fetch: FetchSeries,
): Promise<readonly TimeSeries[] | BadRequest> {
  const evaluation = new Evaluation(options);
  for (let round = 0; round < ROUNDS_MAX; round++) {
    let result = evaluation.run(targets);
    while (result === PAUSED) {
      await options.turns?.next();
      result = evaluation.run(targets);
    }
    if (!('needs' in result)) return result;
    const refused = evaluation.supply(result.needs, await fetch(result.needs));
    if (refused !== undefined) return refused;
  }
  return new BadRequest('target', 'has too many functions in one another that look back in time');
}
