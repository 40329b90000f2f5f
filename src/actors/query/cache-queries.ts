import { errorCode, errorText } from '../../errors.js';
import type {
  CarbonlinkBackend,
  Datapoints,
  Metadata,
  MetadataKey,
} from '../../protocols/carbonlink.js';
import type { MetricHeaders } from './metric-headers.js';
import type { Query } from './query.js';

const NO_POINTS: Datapoints = { timestamps: [], values: [] };

/** Answers Carbon's cache queries for the whole cluster: any metric that the query may see, whichever nodes hold it. */
export class CacheQueries implements CarbonlinkBackend {
  readonly counters = { cacheQueries: 0, cacheBulkQueries: 0 };
  readonly #query: Query;
  readonly #headers: MetricHeaders;

  constructor(query: Query, headers: MetricHeaders) {
    this.#query = query;
    this.#headers = headers;
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

  async getMetadata(metric: string): Promise<Metadata> {
    if (!this.#query.maySee(metric)) return noFile(metric);
    try {
      const header = await this.#headers.info(metric);
      return header === undefined ? noFile(metric) : { value: header.aggregationMethod };
    } catch (error) {
      return failure(error);
    }
  }

  async setMetadata(metric: string, _key: MetadataKey, value: string): Promise<Metadata> {
    if (this.#query.inquiry.prefixes !== undefined) {
      return { error: 'PermissionError: headers are changed with CACHE_QUERY_NAMES = * only' };
    }
    try {
      const old = await this.#headers.setAggregationMethod(metric, value);
      return old === undefined ? noFile(metric) : { value: old };
    } catch (error) {
      return failure(error);
    }
  }
}

function noFile(metric: string): Metadata {
  return { error: `FileNotFoundError: there is no whisper file of ${metric}` };
}

/** Whoever asks gets the reason, and keeps the connection, as from carbon. */
function failure(error: unknown): Metadata {
  return { error: `${errorCode(error) ?? 'ERROR'}: ${errorText(error)}` };
}
