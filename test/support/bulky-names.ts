const REST = 'load.of.metrics.that.have.names.as.long.as.they.often.are.m';

/** The name of metric `n` below 1000. Their beginnings differ, so that batches cannot fold them, and logs are soon full. */
export function bulkyName(n: number): string {
  const beginning = [...String(n).padStart(3, '0')].reverse().join('');
  return `${beginning}.${REST}`;
}
