import type { TimeSeries } from '../time-series.js';

/** What a value is, once evaluated. */
export type Value =
  | { readonly type: 'series'; readonly series: readonly TimeSeries[] }
  /** Of `mapSeries`, for `reduceSeries` alone. */
  | { readonly type: 'lists'; readonly lists: readonly (readonly TimeSeries[])[] }
  | { readonly type: 'number'; readonly value: number; readonly isInteger: boolean }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'none' };

/** Lists of series that stay apart. */
export class SeriesLists {
  readonly lists: readonly (readonly TimeSeries[])[];

  constructor(lists: readonly (readonly TimeSeries[])[]) {
    this.lists = lists;
  }
}
