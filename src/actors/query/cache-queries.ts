import type { CarbonlinkBackend, Datapoints, Metadata } from '../../protocols/carbonlink.js';
import type { Query } from './query.js';

const NO_POINTS: Datapoints = { timestamps: [], values: [] };

/** Answers Carbon's cache queries for the whole cluster: any metric, whichever nodes hold it. */
export class CacheQueries implements CarbonlinkBackend {
  readonly counters = { cacheQueries: 0, cacheBulkQueries: 0 };
  readonly #query: Query;

  constructor(query: Query) {
    this.#query = query;
  }

  async query(metric: string): Promise<Datapoints> {
    this.counters.cacheQueries++;
    const points = await this.#query.cached([metric]);
    return points.get(metric) ?? NO_POINTS;
  }

  async bulk(metrics: readonly string[]): Promise<readonly Datapoints[]> {
    this.counters.cacheBulkQueries++;
    const points = await this.#query.cached(metrics);
    return metrics.map((metric) => points.get(metric) ?? NO_POINTS);
  }

  getMetadata(): Promise<Metadata> {
    return Promise.resolve({ error: 'metadata cannot be read over this port' });
  }

  setMetadata(): Promise<Metadata> {
    return Promise.resolve({ error: 'metadata cannot be set over this port' });
  }
}
