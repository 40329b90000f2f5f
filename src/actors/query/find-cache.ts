import { LRUCache } from 'lru-cache';
import type { Clock } from '../ports/clock.js';

/** What a name takes besides its characters, about. */
const NAME_BYTES = 32;
/** One pattern's names may take so much of the whole. */
const LARGEST_PART = 0.25;

/**
 * Remembers for a while which metrics a pattern of a target matches, so that dashboards that are drawn again and again do
 * not search the index each time. A metric that is new shows when that time is over.
 */
export class FindCache {
  readonly counters = { findCacheHits: 0, findCacheMisses: 0 };
  readonly #names: LRUCache<string, readonly string[]>;

  /** @param ttlMs 0 to remember nothing */
  constructor({ ttlMs, bytesMax }: { ttlMs: number; bytesMax: number }, clock: Clock) {
    this.#names = new LRUCache({
      ttl: Math.max(1, ttlMs),
      max: ttlMs > 0 ? 100_000 : 1,
      maxSize: bytesMax,
      maxEntrySize: ttlMs > 0 ? Math.floor(bytesMax * LARGEST_PART) : 1,
      sizeCalculation: (names, key) =>
        names.reduce((bytes, name) => bytes + name.length + NAME_BYTES, key.length + NAME_BYTES),
      // To this library what was kept at 0 never grows old.
      perf: { now: () => clock.monotonicMs() + 1 },
      ttlResolution: 0,
    });
  }

  /**
   * The names that a pattern matches, where they are remembered.
   *
   * @param prefixes the beginnings of the names that may be seen; all may without
   */
  get(pattern: string, prefixes: readonly string[] | undefined): readonly string[] | undefined {
    const names = this.#names.get(keyOf(pattern, prefixes));
    if (names === undefined) this.counters.findCacheMisses++;
    else this.counters.findCacheHits++;
    return names;
  }

  keep(pattern: string, prefixes: readonly string[] | undefined, names: readonly string[]): void {
    this.#names.set(keyOf(pattern, prefixes), names);
  }
}

function keyOf(pattern: string, prefixes: readonly string[] | undefined): string {
  return JSON.stringify([pattern, prefixes ?? null]);
}
