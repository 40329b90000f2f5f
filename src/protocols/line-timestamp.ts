/**
 * The time that carbon gives a received point: -1 (any number whose integer part is -1) means now, and
 * with `MIN_TIMESTAMP_RESOLUTION` the time is rounded down to a multiple of that.
 *
 * @param timestamp seconds, finite
 * @param nowS seconds since the epoch, with fraction
 * @param resolutionS whole seconds; 0 leaves the time as it is
 */
export function receivedTimestamp(timestamp: number, nowS: number, resolutionS: number): number {
  const meant = Math.trunc(timestamp) === -1 ? nowS : timestamp;
  if (resolutionS === 0) return meant;
  const whole = Math.trunc(meant);
  const past = whole % resolutionS; // exact for doubles of any size, as a division would not be
  return whole - (past < 0 ? past + resolutionS : past) + 0; // + 0: Python has no integer -0
}
