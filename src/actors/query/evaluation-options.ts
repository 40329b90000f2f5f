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

/** What a call may take to find somebody's pattern in names, while nothing else is done. */
const PATTERN_MAX_MS = 100;

/**
 * How the targets of a request are evaluated that starts now.
 *
 * @param seed what looks like chance follows from it
 */
export function evaluationOptions(
  { window, xFilesFactor, maxDataPoints, templateVariables }: RenderRequest,
  limits: RenderLimits,
  seed: number,
  clock: Clock,
  turns: Turns,
): EvaluationOptions {
  return {
    window,
    xFilesFactor,
    maxDataPoints,
    templateVariables,
    strict: limits.enforceInputValidation,
    functions: FUNCTIONS,
    seed,
    limits: evaluationLimits(limits, clock),
    turns,
  };
}

function evaluationLimits(limits: RenderLimits, clock: Clock): EvaluationLimits {
  const endMs = clock.monotonicMs() + limits.renderTimeoutMs;
  return {
    seriesMax: limits.renderMaxSeries,
    pointsMax: limits.renderMaxPoints,
    bytesMax: limits.renderMaxBytes,
    callsMax: limits.renderMaxCalls,
    remainingMs: () => endMs - clock.monotonicMs(),
    limited: (work) => clock.limited(work, PATTERN_MAX_MS),
    withinTime: (work) => clock.within(work, Math.max(1, endMs - clock.monotonicMs())),
  };
}
