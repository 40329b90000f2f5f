import type { EvaluationOptions, Turns } from '../../query/evaluation.js';
import { FUNCTIONS } from '../../query/functions/registry.js';
import type { RenderRequest } from '../../query/render-request.js';
import type { EvaluationLimits } from '../../query/request-budget.js';
import type { Clock } from '../ports/clock.js';

/** What one render request may cost, and how its arguments are read. */
export interface RenderLimits {
  readonly renderMaxSeries: number;
  readonly renderMaxPoints: number;
  /** Bytes of points that are held at a time. */
  readonly renderMaxBytes: number;
  /** Calls of functions in one request. */
  readonly renderMaxCalls: number;
  /** The time from its start after which no call begins. */
  readonly renderTimeoutMs: number;
  readonly enforceInputValidation: boolean;
}

/** How long functions work before others have a turn: each begins with a look at all that is done. */
export const TURN_MS = 10;

/** What a call may take to find somebody's pattern in names, where nothing else is done meanwhile. */
export const PATTERN_MAX_MS = 100;

/** What an evaluation has to keep to, and by what it tells the time. */
export interface Bounds {
  readonly limits: RenderLimits;
  /** As `PATTERN_MAX_MS`, where others wait for it or not. */
  readonly patternMaxMs: number;
  readonly clock: Clock;
  readonly turns: Turns;
}

/**
 * How the targets of a request are evaluated that starts now.
 *
 * @param seed what looks like chance follows from it
 */
export function evaluationOptions(
  { window, xFilesFactor, maxDataPoints, templateVariables }: RenderRequest,
  seed: number,
  bounds: Bounds,
): EvaluationOptions {
  return {
    window,
    xFilesFactor,
    maxDataPoints,
    templateVariables,
    strict: bounds.limits.enforceInputValidation,
    functions: FUNCTIONS,
    seed,
    limits: evaluationLimits(bounds),
    turns: bounds.turns,
  };
}

function evaluationLimits({ limits, patternMaxMs, clock }: Bounds): EvaluationLimits {
  const endMs = clock.monotonicMs() + limits.renderTimeoutMs;
  return {
    seriesMax: limits.renderMaxSeries,
    pointsMax: limits.renderMaxPoints,
    bytesMax: limits.renderMaxBytes,
    callsMax: limits.renderMaxCalls,
    remainingMs: () => endMs - clock.monotonicMs(),
    limited: (work) => clock.limited(work, patternMaxMs),
    withinTime: (work) => clock.limited(work, Math.max(1, endMs - clock.monotonicMs())),
  };
}
