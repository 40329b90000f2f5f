import type { FoldKind } from '../protocols/folded-block.js';
import type { Folded } from './fold.js';
import type { Source } from './functions/declaration.js';
import type { Series } from './series.js';
import { type TimeSeries, timeSeries } from './time-series.js';
import type { Window } from './window.js';

/** Series that have to be fetched before an evaluation can go on. */
export interface Need {
  readonly source: Source;
  readonly window: Window;
  /** One series may be made of them, instead, before they come. */
  readonly fold?: FoldKind;
}

/** The series of a need, those of one path by name; or what was made of them. */
export type FetchedAnswer = readonly Series[] | Folded;

/** Thrown where series are asked for that are not fetched yet; no error, and never seen outside. */
export const NOT_FETCHED = Symbol('not fetched yet');

/** The series fetched for one request, by source and window, and those that are still to be fetched. */
export class FetchedSeries {
  readonly #xFilesFactor: number;
  readonly #series = new Map<string, readonly TimeSeries[]>();
  readonly #folded = new Map<string, Folded>();
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

  /**
   * What was made of series before they came; undefined where they are there themselves.
   *
   * @throws NOT_FETCHED
   */
  folded(source: Source, window: Window, fold: FoldKind): Folded | undefined {
    const key = keyOf(source, window);
    if (this.#series.has(key)) return undefined;
    const folded = this.#folded.get(`${key} ${fold}`);
    if (folded !== undefined) return folded;
    this.#needs.set(`${key} ${fold}`, { source, window, fold });
    throw NOT_FETCHED;
  }

  supply({ source, window, fold }: Need, answer: FetchedAnswer): void {
    if (isFolded(answer)) {
      this.#folded.set(`${keyOf(source, window)} ${fold}`, answer);
      return;
    }
    const expression = pathExpressionOf(source);
    this.#series.set(
      keyOf(source, window),
      answer.map((one) => timeSeries(one, expression, this.#xFilesFactor)),
    );
  }

  /** What was asked for in vain since the last time. Of several needs none is folded: series may be in more than one. */
  takeNeeds(): readonly Need[] {
    const needs = [...this.#needs.values()];
    this.#needs = new Map();
    if (needs.length < 2) return needs;
    const unfolded = needs.map(({ source, window }) => ({ source, window }));
    return [...new Map(unfolded.map((need) => [keyOf(need.source, need.window), need])).values()];
  }
}

export function isFolded(answer: FetchedAnswer): answer is Folded {
  return 'missing' in answer;
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
