import type { Quota } from '../../routing/rules/quotas.js';
import { RateLimit } from '../shard/rate-limit.js';

/**
 * For so long after a start, every name is taken for one that was there before: a relay does not know what the nodes
 * hold.
 */
export const LEARNING_MS = 300_000;

/** How much of each quota is used, by this relay. */
export class QuotaMeters {
  readonly #points: readonly RateLimit[];
  readonly #newMetrics: readonly RateLimit[];
  readonly #learnsUntilMs: number;

  constructor(quotas: readonly Quota[], nowMs: number) {
    this.#points = quotas.map(({ pointsPerSecond }) => new RateLimit(pointsPerSecond, 1_000));
    this.#newMetrics = quotas.map((quota) => new RateLimit(quota.newMetricsPerMinute, 60_000));
    this.#learnsUntilMs = nowMs + LEARNING_MS;
  }

  /** Counts a name that was not seen before; false where the quota has no room for it. */
  takeName(quota: number, nowMs: number): boolean {
    return quota < 0 || nowMs < this.#learnsUntilMs || this.#newMetrics[quota].take(nowMs);
  }

  /** Counts a point; false where the quota has no room for it. */
  takePoint(quota: number, nowMs: number): boolean {
    return quota < 0 || this.#points[quota].take(nowMs);
  }
}
