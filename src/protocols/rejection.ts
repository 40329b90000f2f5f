/**
 * Why input was refused. A rejection is a value: it is counted under its reason and never thrown.
 * The texts are public: they are label values in `/metrics` and names in the self-metrics.
 */
export const REJECTION_REASONS = [
  'malformed-line',
  'line-too-long',
  'invalid-utf8',
  'nan-value',
  'bad-timestamp',
  'name-too-long',
  'malformed-batch',
  'malformed-gzip',
  'malformed-pickle',
  'malformed-protobuf',
  'malformed-sample',
  'malformed-item',
  'malformed-number',
  'malformed-request',
  'frame-too-long',
  'incomplete-frame',
  'too-much-unfinished',
  'too-many-names',
  'too-many-samples',
  'unknown-subject',
  'blacklisted',
  'not-whitelisted',
  'empty-name',
  'too-old',
  'too-new',
  'over-quota-points',
  'over-quota-new-metrics',
] as const;

export type RejectionReason = (typeof REJECTION_REASONS)[number];

/** Where a decoder reports what it refused. `bytes[start, end)` is the offending input, valid only during the call. */
export interface RejectionSink {
  reject(reason: RejectionReason, bytes: Uint8Array, start: number, end: number): void;
}

/** Counts rejections by reason. */
export class RejectionCounts implements RejectionSink {
  readonly #counts = new Map<RejectionReason, number>(REJECTION_REASONS.map((r) => [r, 0]));

  reject(reason: RejectionReason): void {
    this.#counts.set(reason, this.count(reason) + 1);
  }

  count(reason: RejectionReason): number {
    return this.#counts.get(reason) ?? 0;
  }

  get total(): number {
    let total = 0;
    for (const count of this.#counts.values()) total += count;
    return total;
  }

  entries(): IterableIterator<[RejectionReason, number]> {
    return this.#counts.entries();
  }
}
