import type { MetricIndex } from '../../storage/metric-index.js';
import type { MetricTable } from '../../storage/metric-table.js';
import type { ReplicaTags } from './replica-tags.js';

/** The ids of a replica's metrics, by names, which become known to the index and the tags when they are new. */
export class MetricIds {
  readonly #table: MetricTable;
  readonly #index: MetricIndex;
  readonly #tags: ReplicaTags;

  constructor(table: MetricTable, index: MetricIndex, tags: ReplicaTags) {
    this.#table = table;
    this.#index = index;
    this.#tags = tags;
  }

  /** The id of the metric with the name `bytes[start, end)`. */
  of(bytes: Uint8Array, start: number, end: number): number {
    const known = this.#table.count;
    const id = this.#table.intern(bytes, start, end);
    return id === known ? this.#indexed(id) : id;
  }

  ofName(name: string): number {
    const bytes = Buffer.from(name);
    return this.of(bytes, 0, bytes.length);
  }

  /** Names of one file (`a..b`, `a.b`) are one metric: what is known of a file must be known once. */
  #indexed(newId: number): number {
    const name = this.#table.name(newId);
    if (name.includes(';')) this.#tags.learn(name);
    if (this.#index.add(name, newId)) return newId;
    const id = this.#index.idOf(name);
    this.#table.redirect(newId, id);
    return id;
  }
}
