import type { PointBlock } from '../../protocols/points.js';
import type { RejectionSink } from '../../protocols/rejection.js';

/** What a relay does with the times of points. */
export interface TimeRules {
  /** Carbon's MIN_TIMESTAMP_RESOLUTION: times are rounded down to a multiple of so many seconds; 0 leaves them. */
  readonly resolutionS: number;
  /** Points that are older than that are refused; `Infinity` for none. */
  readonly ageMaxS: number;
  /** Points that are further in the future than that are refused; `Infinity` for none. */
  readonly futureMaxS: number;
}

/** Whether the rules leave every point as it is. */
export function changesNothing({ resolutionS, ageMaxS, futureMaxS }: TimeRules): boolean {
  return resolutionS === 0 && ageMaxS === futureMaxS && ageMaxS === Number.POSITIVE_INFINITY;
}

/** Applies the rules to a block: rounds its times, and leaves out the points that are refused. */
export function applyTimeRules(
  block: PointBlock,
  { resolutionS, ageMaxS, futureMaxS }: TimeRules,
  nowS: number,
  rejections: RejectionSink,
): void {
  const { bytes, nameStart, nameEnd, timestamps, count } = block;
  const oldest = nowS - ageMaxS;
  const newest = nowS + futureMaxS;
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const timestamp = timestamps[i];
    if (timestamp < oldest) rejections.reject('too-old', bytes, nameStart[i], nameEnd[i]);
    else if (timestamp > newest) rejections.reject('too-new', bytes, nameStart[i], nameEnd[i]);
    else {
      if (kept < i) block.copyPoint(i, kept);
      if (resolutionS > 0) timestamps[kept] = roundedDown(timestamp, resolutionS);
      kept++;
    }
  }
  block.count = kept;
}

/** Carbon's `int(timestamp) // resolution * resolution`. */
function roundedDown(timestamp: number, resolutionS: number): number {
  const whole = Math.trunc(timestamp);
  const past = whole % resolutionS; // exact for doubles of any size, as a division would not be
  return whole - (past < 0 ? past + resolutionS : past) + 0; // + 0: Python has no integer -0
}
