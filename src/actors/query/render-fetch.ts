import { CarbonbusError } from '../../errors.js';
import type { FoldKind } from '../../protocols/folded-block.js';
import { type FetchedAnswer, keyOfSource, type Need } from '../../query/fetched-series.js';
import type { Source } from '../../query/functions/declaration.js';
import type { Series } from '../../query/series.js';
import type { Window } from '../../query/window.js';
import type { Events } from './events.js';
import type { FindCache } from './find-cache.js';
import type { Query } from './query.js';

/** Where series of render requests come from. */
export interface RenderSources {
  readonly query: Query;
  readonly events: Events;
  /** Where what patterns match may be remembered. */
  readonly finds?: FindCache | undefined;
}

/** A glob that is all that is needed. */
interface NeededGlob extends Pick<Need, 'window' | 'fold'> {
  readonly path: string;
}

const WILDCARDS = /[*?[\]{}]/;

/**
 * Fetches for one render request, in as many rounds as its functions need: each round asks a node once for
 * all names of a window. What the rounds read is limited in all.
 */
export class RenderFetch {
  readonly #query: Query;
  readonly #events: Events;
  readonly #finds: FindCache | undefined;
  readonly #limits: { readonly renderMaxSeries: number; readonly renderMaxPoints: number };
  /** By source: globs and expressions on tags are resolved once for a request. */
  readonly #names = new Map<string, Promise<readonly string[]>>();
  #points = 0;
  #readPoints = 0;

  constructor(
    { query, events, finds }: RenderSources,
    limits: { renderMaxSeries: number; renderMaxPoints: number },
  ) {
    this.#query = query;
    this.#events = events;
    this.#finds = finds;
    this.#limits = limits;
  }

  /** Points of all that was fetched, and is held. */
  get points(): number {
    return this.#points;
  }

  /** @throws CarbonbusError `BAD_REQUEST`, `TOO_MANY_SERIES`, `TOO_MANY_POINTS`, `NO_REPLICA` */
  async fetch(needs: readonly Need[]): Promise<readonly FetchedAnswer[]> {
    const only = this.#onlyGlob(needs);
    if (only?.fold !== undefined) return [await this.#fetchMatching(only, only.fold)];
    return this.fetchSeries(needs);
  }

  /** As `fetch`, and nothing is made of the series before they come. */
  async fetchSeries(needs: readonly Need[]): Promise<readonly (readonly Series[])[]> {
    const only = this.#onlyGlob(needs);
    if (only !== undefined) return [await this.#fetchMatching(only)];
    const names = await Promise.all(needs.map(({ source }) => this.#resolve(source)));
    const windows = new Map<string, { window: Window; wanted: number[] }>();
    needs.forEach(({ window }, i) => {
      const of = windows.get(keyOf(window)) ?? { window, wanted: [] };
      windows.set(keyOf(window), of);
      of.wanted.push(i);
    });
    const series: (readonly Series[])[] = [];
    const fetches = [...windows.values()].map(async ({ window, wanted }) => {
      const lists = wanted.map((i) => names[i]);
      const fetched = await this.#fetchLists(lists, window);
      wanted.forEach((i, k) => {
        series[i] = fetched[k];
      });
    });
    await Promise.all(fetches);
    return needs.map(({ source, window }, i) =>
      source.type === 'events' ? this.#eventSeries(source.tags, window) : series[i],
    );
  }

  /** The series of lists of names, none of which is twice in one list; what is in several is fetched once. */
  async #fetchLists(
    lists: readonly (readonly string[])[],
    window: Window,
  ): Promise<readonly (readonly Series[])[]> {
    const { renderMaxSeries } = this.#limits;
    const names = lists.length === 1 ? lists[0] : [...new Set(lists.flat())];
    if (names.length > renderMaxSeries) throw tooManySeries(renderMaxSeries);
    const fetched = await this.#query.fetch(names, window);
    this.#countPoints(fetched);
    // They come in the order of the names.
    if (lists.length === 1) return [fetched];
    const found = new Map(fetched.map((one) => [one.name, one]));
    return lists.map((list) => list.flatMap((name) => found.get(name) ?? []));
  }

  /** A glob that is all that is asked for, and of which it is not known what it matches: one question to the nodes will do. */
  #onlyGlob([need, ...others]: readonly Need[]): NeededGlob | undefined {
    const { source, window, fold } = need;
    if (others.length > 0 || source.type !== 'path' || !isGlob(source.path)) return undefined;
    if (this.#query.inquiry.prefixes !== undefined) return undefined;
    if (this.#names.has(keyOfSource(source))) return undefined;
    const { path } = source;
    if (fold !== undefined) return { path, window, fold };
    const known = this.#finds?.get(path, undefined);
    if (known === undefined) return { path, window };
    this.#names.set(keyOfSource(source), Promise.resolve(known));
    return undefined;
  }

  async #fetchMatching(need: NeededGlob): Promise<readonly Series[]>;
  async #fetchMatching(need: NeededGlob, fold: FoldKind): Promise<FetchedAnswer>;
  async #fetchMatching({ path, window }: NeededGlob, fold?: FoldKind): Promise<FetchedAnswer> {
    const { renderMaxSeries } = this.#limits;
    const matching = await this.#query.fetchMatching(path, renderMaxSeries, window, fold);
    const { names, isTruncated, series, folded } = matching;
    if (isTruncated) throw tooManySeries(renderMaxSeries);
    if (folded !== undefined) {
      this.#countPoints([folded], folded.count);
      return folded;
    }
    this.#countPoints(series);
    this.#names.set(keyOfSource({ type: 'path', path }), Promise.resolve(names));
    if (this.#query.inquiry.isComplete) this.#finds?.keep(path, undefined, names);
    return series;
  }

  /** @param madeOf of how many series that were read one was made */
  #countPoints(fetched: Iterable<Pick<Series, 'values'>>, madeOf = 1): void {
    const { renderMaxPoints } = this.#limits;
    for (const { values } of fetched) {
      this.#points += values.length;
      this.#readPoints += values.length * madeOf;
    }
    if (this.#readPoints > renderMaxPoints) {
      throw new CarbonbusError(
        'TOO_MANY_POINTS',
        `the request reads more than RENDER_MAX_POINTS (${renderMaxPoints}) points: ` +
          'ask for fewer series, or a shorter time',
      );
    }
  }

  /** A series of one value for each event. */
  #eventSeries(tags: readonly string[] | undefined, { fromS, untilS }: Window): Series[] {
    return this.#events.find({ fromS, untilS, tags }).map(({ what, when }) => {
      return { name: what, startS: when, endS: when + 1, stepS: 1, values: Float64Array.of(1) };
    });
  }

  #resolve(source: Source): Promise<readonly string[]> {
    if (source.type === 'events') return Promise.resolve([]);
    const key = keyOfSource(source);
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const names =
      source.type === 'path' ? this.#find(source.path) : this.#findTagged(source.expressions);
    this.#names.set(key, names);
    return names;
  }

  async #find(path: string): Promise<readonly string[]> {
    if (!isGlob(path)) return [path];
    const { inquiry } = this.#query;
    const known = this.#finds?.get(path, inquiry.prefixes);
    if (known !== undefined) return known;
    const names = await this.#search(path);
    if (inquiry.isComplete) this.#finds?.keep(path, inquiry.prefixes, names);
    return names;
  }

  async #search(path: string): Promise<readonly string[]> {
    const { renderMaxSeries } = this.#limits;
    const { nodes, truncated } = await this.#query.findLeaves(path, renderMaxSeries);
    if (truncated) throw tooManySeries(renderMaxSeries);
    return nodes.map((node) => node.path);
  }

  async #findTagged(expressions: readonly string[]): Promise<readonly string[]> {
    const { renderMaxSeries } = this.#limits;
    const found = await this.#query.tags.series(expressions, renderMaxSeries + 1);
    if (found.texts.length > renderMaxSeries) throw tooManySeries(renderMaxSeries);
    return found.texts;
  }
}

/** Whether a path may stand for several metrics; a tagged one never does. */
function isGlob(path: string): boolean {
  return !path.includes(';') && WILDCARDS.test(path);
}

function keyOf({ fromS, untilS }: Window): string {
  return `${fromS} ${untilS}`;
}

function tooManySeries(limit: number): CarbonbusError {
  return new CarbonbusError(
    'TOO_MANY_SERIES',
    `the request matches more than RENDER_MAX_SERIES (${limit}) series: narrow the pattern`,
  );
}
