import type { Logger } from '../actors/ports/logger.js';
import type { Query } from '../actors/query/query.js';
export class CarbonlinkServer {
  counters = { cacheQueries: 0, cacheBulkQueries: 0, cacheQueryConnections: 0 };
  constructor(_q: Query, _l: Logger) {}
  async listen(_a: object) {}
  close() {}
}
