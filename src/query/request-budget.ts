import { errorCode } from '../errors.js';
import { refuse } from './evaluation-refusal.js';
import type { LimitedWork } from './name-pattern.js';

/** Points of one series that a function makes up, or cuts another into: a year of minutes, and some. */
const MADE_POINTS_MAX = 600_000;
/** Points of one request that no metric is behind. */
const SYNTHETIC_POINTS_MAX = 2_000_000;
/** A call that is given so many points might take long, and is ended when the time is over. */
const LARGE_CALL_POINTS = 50_000;

/** Work of most functions on each point that they are given, in points that might be fetched instead. */
const WORK_PER_POINT = 0.25;
/** The same of a call besides. */
const WORK_PER_CALL = 50;

const TOO_LONG =
  'the functions take too long (RENDER_TIMEOUT): ask for fewer series, or a shorter time';

/** What the functions of one request may cost. */
export interface EvaluationLimits {
  /** Series that one call may give. */
  readonly seriesMax: number;
  /** Points that one call may give. */
  readonly pointsMax: number;
  /** Bytes of the points that are held at a time: those that were fetched, and what calls have given. */
  readonly bytesMax: number;
  /** Calls that all targets together may make, and fetches; what is evaluated again counts again. */
  readonly callsMax: number;
  /** Told of work that is about to be done, in points that might be fetched meanwhile. What it throws ends the evaluation. */
  readonly begins?: (points: number) => void;
  /** What is left of the time of the request, in ms; asked between calls. */
  readonly remainingMs: () => number;
  /** Throws a CarbonbusError `TOOK_TOO_LONG` where the work, a search for a pattern, does not end in time. */
  readonly limited: LimitedWork;
  /** The same where a call does not end in the time of the request. */
  readonly withinTime: LimitedWork;
}

/** Something with points. */
interface Points {
  readonly values: Float64Array;
}

/** What one request has cost so far. All of it refuses the target, with a sentence, where that is too much. */
export class RequestBudget {
  readonly #limits: EvaluationLimits;
  #calls = 0;
  #fetches = 0;
  #heldBytes = 0;
  #syntheticPoints = 0;

  constructor(limits: EvaluationLimits) {
    this.#limits = limits;
  }

  /** What a function calls by itself does not count: that is bounded by its series. */
  countCall(): void {
    const { callsMax } = this.#limits;
    this.#calls++;
    if (this.#calls > callsMax)
      refuse(
        `the targets make more than ${callsMax} calls (RENDER_MAX_CALLS): ask in several requests`,
      );
  }

  /** Why no more may be fetched; undefined where it may. */
  countFetches(count: number): string | undefined {
    const { callsMax } = this.#limits;
    this.#fetches += count;
    if (this.#fetches <= callsMax) return undefined;
    return `asks for points ${this.#fetches} times, more than ${callsMax} (RENDER_MAX_CALLS)`;
  }

  checkTime(): void {
    if (this.#limits.remainingMs() <= 0) refuse(TOO_LONG);
  }

  /** Does the work of a call that is given so many points. */
  within<T>(points: number, work: () => T, workPerPoint = WORK_PER_POINT): T {
    this.#limits.begins?.(WORK_PER_CALL + points * workPerPoint);
    if (points <= LARGE_CALL_POINTS) return work();
    try {
      return this.#limits.withinTime(work);
    } catch (error) {
      if (errorCode(error) !== 'TOOK_TOO_LONG') throw error;
      return refuse(TOO_LONG);
    }
  }

  /** Series that were fetched, or given by a call. Several may share their values, which are counted for each then. */
  hold(series: readonly Points[]): void {
    const { bytesMax } = this.#limits;
    this.#heldBytes += bytesOf(series);
    if (this.#heldBytes > bytesMax)
      refuse(
        `the targets hold more than ${bytesMax} bytes of points (RENDER_MAX_BYTES): ask for fewer series, or a shorter time`,
      );
  }

  release(series: readonly Points[]): void {
    this.#heldBytes -= bytesOf(series);
  }

  /** What a call gives. */
  checkSize(name: string, series: readonly Points[]): void {
    const { seriesMax, pointsMax } = this.#limits;
    if (series.length > seriesMax)
      refuse(`${name} gives ${series.length} series, more than ${seriesMax}: narrow the pattern`);
    const points = series.reduce((count, one) => count + one.values.length, 0);
    if (points > pointsMax) refuse(tooManyPoints(name, points, pointsMax));
  }

  /**
   * Makes columns for a call, before it is known what it gives.
   *
   * @param longest points of a series that it is given; undefined where no series are behind what it gives
   */
  maker(name: string, longest: number | undefined): (count: number) => Float64Array {
    const { pointsMax } = this.#limits;
    const most = Math.min(pointsMax, Math.max(MADE_POINTS_MAX, longest ?? 0));
    let made = 0;
    return (count) => {
      if (count > most) refuse(tooManyPoints(name, count, most));
      made += count;
      if (made > pointsMax) refuse(tooManyPoints(name, made, pointsMax));
      this.#limits.begins?.(count);
      if (longest === undefined) this.#countSynthetic(count);
      return new Float64Array(Math.max(0, count)).fill(Number.NaN);
    };
  }

  #countSynthetic(points: number): void {
    this.#syntheticPoints += points;
    if (this.#syntheticPoints > SYNTHETIC_POINTS_MAX)
      refuse(
        `the targets make up more than ${SYNTHETIC_POINTS_MAX} points: ask for a shorter time`,
      );
  }
}

function tooManyPoints(name: string, points: number, pointsMax: number): string {
  return `${name} gives ${points} points, more than ${pointsMax}: ask for a shorter time`;
}

function bytesOf(series: readonly Points[]): number {
  return series.reduce((bytes, { values }) => bytes + values.byteLength, 0);
}
