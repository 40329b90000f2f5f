import { CarbonbusError } from '../../errors.js';
import { BadRequest } from '../../query/bad-request.js';
import { evaluateTargets } from '../../query/evaluate.js';
import type { Turns } from '../../query/evaluation.js';
import { FUNCTIONS } from '../../query/functions/registry.js';
import type { RenderRequest } from '../../query/render-request.js';
import type { EvaluationLimits } from '../../query/request-budget.js';
import type { TimeSeries } from '../../query/time-series.js';
import type { Clock } from '../ports/clock.js';
import type { Inquiry } from './inquiry.js';
import { RenderFetch, type RenderSources } from './render-fetch.js';

/** What one render request may cost, and how its arguments are read. */
export interface RenderLimits {
  renderMaxSeries: number;
  renderMaxPoints: number;
  /** Bytes of points that are held at a time. */
  renderMaxBytes: number;
  /** Calls of functions in one request. */
  renderMaxCalls: number;
  /** The time from its start after which no call begins. */
  renderTimeoutMs: number;
  enforceInputValidation: boolean;
}

/** How long functions work before others have a turn. */
const TURN_MS = 10;

/** What a call may take to find somebody's pattern in names, while nothing else is done. */
const PATTERN_MAX_MS = 200;

/**
 * The series that the targets of a render request ask for, through their functions, in the order of the targets, those of
 * one path by name.
 * @throws CarbonbusError `BAD_REQUEST`, `TOO_MANY_SERIES`, `TOO_MANY_POINTS`, `NO_REPLICA`, `CLIENT_GONE`
 */
export async function renderTargets(
  sources: RenderSources,
  request: RenderRequest,
  limits: RenderLimits,
  clock: Clock,
): Promise<readonly TimeSeries[]> {
  const fetch = new RenderFetch(sources, limits);
  const { window, xFilesFactor, maxDataPoints, templateVariables } = request;
  const turns = new WorkTurns(clock, sources.query.inquiry);
  const series = await evaluateTargets(
    request.targets,
    {
      window,
      xFilesFactor,
      maxDataPoints,
      templateVariables,
      strict: limits.enforceInputValidation,
      functions: FUNCTIONS,
      seed: clock.nowMs(),
      limits: evaluationLimits(limits, clock),
      turns,
    },
    async (needs) => {
      const fetched = await fetch.fetch(needs);
      turns.begin();
      return fetched;
    },
  );
  if (series instanceof BadRequest) throw badRequest(series);
  return series;
}

/** Work without a pause, after which sockets and other requests are served. */
class WorkTurns implements Turns {
  readonly #clock: Clock;
  readonly #inquiry: Inquiry;
  #endMs = 0;

  constructor(clock: Clock, inquiry: Inquiry) {
    this.#clock = clock;
    this.#inquiry = inquiry;
    this.begin();
  }

  begin(): void {
    this.#endMs = this.#clock.monotonicMs() + TURN_MS;
  }

  isOver(): boolean {
    return this.#clock.monotonicMs() >= this.#endMs;
  }

  /** @throws CarbonbusError `CLIENT_GONE` */
  async next(): Promise<void> {
    await this.#clock.yieldNow();
    this.#inquiry.checkWanted();
    this.begin();
  }
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
    withinTime: (work) => clock.limited(work, Math.max(1, endMs - clock.monotonicMs())),
  };
}

/** A refused request as an error, for the HTTP edge to answer with status 400. */
export function badRequest(refused: BadRequest): CarbonbusError {
  return new CarbonbusError('BAD_REQUEST', refused.message);
}
