import type { Source } from './functions/declaration.js';
import type { Series } from './series.js';
import { type TimeSeries, timeSeries } from './time-series.js';
import type { Window } from './window.js';

/** Series that have to be fetched before an evaluation can go on. */
export interface Need {
  readonly source: Source;
  readonly window: Window;
}

/** Thrown where series are asked for that are not fetched yet; no error, and never seen outside. */
export const NOT_FETCHED = Symbol('not fetched yet');

/** The series fetched for one request, by source and window, and those that are still to be fetched. */
export class FetchedSeries {
  readonly #xFilesFactor: number;
  readonly #series = new Map<string, readonly TimeSeries[]>();
  #needs = new Map<string, Need>();

  constructor(xFilesFactor: number) {
    this.#xFilesFactor = xFilesFactor;
  }

  /** @throws NOT_FETCHED */
  get(source: Source, window: Window): readonly TimeSeries[] {
    const series = this.#series.get(keyOf(source, window));
    if (series !== undefined) return series;
    this.has(source, window);
    throw NOT_FETCHED;
  }

  /** Whether this was fetched; if not, it is among the needs from now on. */
  has(source: Source, window: Window): boolean {
    const key = keyOf(source, window);
    if (this.#series.has(key)) return true;
    this.#needs.set(key, { source, window });
    return false;
  }

  supply({ source, window }: Need, series: readonly Series[]): void {
    const expression = pathExpressionOf(source);
    this.#series.set(
      keyOf(source, window),
      series.map((one) => timeSeries(one, expression, this.#xFilesFactor)),
    );
  }

  /** What was asked for in vain since the last time. */
  takeNeeds(): readonly Need[] {
    const needs = [...this.#needs.values()];
    this.#needs = new Map();
    return needs;
  }
}

/** The path, or the call of `seriesByTag` as it was written; functions name events themselves. */
function pathExpressionOf(source: Source): string {
  if (source.type === 'events') return '';
  return source.type === 'path' ? source.path : source.text;
}

function keyOf(source: Source, { fromS, untilS }: Window): string {
  return `${fromS} ${untilS} ${keyOfSource(source)} ${pathExpressionOf(source)}`;
}

/** The same for the same source, and another for another. */
export function keyOfSource(source: Source): string {
  switch (source.type) {
    case 'path':
      return `path ${source.path}`;
    case 'tags':
      return `tags ${JSON.stringify(source.expressions)}`;
    case 'events':
      return `events ${JSON.stringify(source.tags ?? null)}`;
  }
}
