/**
 * The time that carbon gives a received point: -1 (any number whose integer part is -1) means now.
 *
 * @param timestamp seconds, finite
 * @param nowS seconds since the epoch, with fraction
 */
export function receivedTimestamp(timestamp: number, nowS: number): number {
  return Math.trunc(timestamp) === -1 ? nowS : timestamp;
}
