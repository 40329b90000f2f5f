import { parseSeries } from '../../protocols/tags.js';
import type { TagExpression } from '../../routing/tag-expression.js';
import { ownText } from '../index/segments.js';
import { MetricTable } from '../metric-table.js';
import { Postings, SeriesSet } from './postings.js';

/** The series with one value of a tag: the number itself where there is only one, as with most hosts and paths. */
type SeriesOfValue = number | Postings;

/** What is asked about tags or their values. */
export interface TagFilter {
  /** Only of the series for which these hold; of all if there are none. */
  readonly expressions: readonly TagExpression[];
  readonly matches: (text: string) => boolean;
}

export interface ValueCount {
  readonly value: string;
  /** Series with this value. */
  readonly count: number;
}

/**
 * The series of one shard by their tags: for each value of a tag the series that have it. As in graphite the metric's own
 * name is the tag `name`, and a name without tags may be registered, which has that one only.
 *
 * About 15 bytes and its name for a series, and 4 bytes for each of its tags.
 */
export class TagIndex {
  readonly #names = new MetricTable();
  readonly #tags = new Map<string, Map<string, SeriesOfValue>>();
  readonly #removed = new Set<number>();

  /** How many series there are. */
  get size(): number {
    return this.#names.count - this.#removed.size;
  }

  /** Adds a series by its normalised name. False, and nothing changes, if it is known or has no tags that can be read. */
  add(name: string): boolean {
    const known = this.#names.find(name);
    if (known !== undefined && !this.#removed.delete(known)) return false;
    const tags = parseSeries(name)?.tags;
    if (tags === undefined) return false;
    const bytes = Buffer.from(name);
    const id = this.#names.intern(bytes, 0, bytes.length);
    for (const [tag, value] of tags) this.#put(tag, value, id);
    return true;
  }

  /** Takes a series out. False if it is not known. */
  remove(name: string): boolean {
    const id = this.#names.find(name);
    if (id === undefined || this.#removed.has(id)) return false;
    for (const [tag, value] of parseSeries(name)?.tags ?? []) this.#take(tag, value, id);
    this.#removed.add(id);
    return true;
  }

  has(name: string): boolean {
    const id = this.#names.find(name);
    return id !== undefined && !this.#removed.has(id);
  }

  /** The names of all series. */
  *names(): Generator<string> {
    for (let id = 0; id < this.#names.count; id++) {
      if (!this.#removed.has(id)) yield this.#names.name(id);
    }
  }

  /** The names of at most `limit` series for which all expressions hold, in the order in which they came. */
  find(expressions: readonly TagExpression[], limit: number): string[] {
    const names: string[] = [];
    for (const id of this.#select(expressions)) {
      if (names.length >= limit) break;
      names.push(this.#names.name(id));
    }
    return names;
  }

  /** Names of tags, in no order; with expressions those of the series found, less the tags in the expressions. */
  tags({ expressions, matches }: TagFilter): string[] {
    const tags = [...this.#tags.keys()].filter(matches);
    if (expressions.length === 0) return tags;
    const among = this.#select(expressions);
    const asked = new Set(expressions.map(({ tag }) => tag));
    return tags.filter((tag) => {
      if (asked.has(tag)) return false;
      for (const series of this.#valuesOf(tag).values()) {
        if (countIn(series, among, 1) > 0) return true;
      }
      return false;
    });
  }

  /** The values of a tag, in no order; with expressions those of the series found. */
  values(tag: string, { expressions, matches }: TagFilter): ValueCount[] {
    const among = expressions.length === 0 ? undefined : this.#select(expressions);
    const found: ValueCount[] = [];
    for (const [value, series] of this.#valuesOf(tag)) {
      if (!matches(value)) continue;
      const count = among ? countIn(series, among, Number.POSITIVE_INFINITY) : countOf(series);
      if (count > 0) found.push({ value, count });
    }
    return found;
  }

  /** The series for which all expressions hold, one of which does not hold for an empty value. */
  #select(expressions: readonly TagExpression[]): SeriesSet {
    const [first, ...others] = [...expressions].sort((a, b) => costOf(a) - costOf(b));
    const selected = this.#withTag(first, true);
    for (const expression of others) {
      if (expression.matches('')) selected.subtract(this.#withTag(expression, false));
      else selected.intersect(this.#withTag(expression, true));
    }
    return selected;
  }

  /** The series that have the tag of an expression with a value for which it holds, or does not. */
  #withTag({ tag, exactly, matches }: TagExpression, holds: boolean): SeriesSet {
    const set = new SeriesSet(this.#names.count);
    const values = this.#valuesOf(tag);
    if (exactly !== undefined && holds) {
      addTo(set, values.get(exactly));
      return set;
    }
    for (const [value, series] of values) if (matches(value) === holds) addTo(set, series);
    return set;
  }

  #valuesOf(tag: string): ReadonlyMap<string, SeriesOfValue> {
    return this.#tags.get(tag) ?? new Map();
  }

  #put(tag: string, value: string, id: number): void {
    const values = this.#tags.get(tag) ?? new Map<string, SeriesOfValue>();
    if (values.size === 0) this.#tags.set(ownText(tag), values);
    const known = values.get(value);
    if (known === undefined) values.set(ownText(value), id);
    else if (known instanceof Postings) known.add(id);
    else {
      const postings = new Postings();
      postings.add(known);
      postings.add(id);
      values.set(value, postings);
    }
  }

  #take(tag: string, value: string, id: number): void {
    const values = this.#tags.get(tag);
    const known = values?.get(value);
    if (known instanceof Postings) known.remove(id);
    if (values === undefined || countOf(known) > (known instanceof Postings ? 0 : 1)) return;
    values.delete(value);
    if (values.size === 0) this.#tags.delete(tag);
  }
}

/** Those that select first come first: an exact value, then what needs the tag, then what only excludes. */
function costOf({ exactly, matches }: TagExpression): number {
  if (matches('')) return 2;
  return exactly === undefined ? 1 : 0;
}

function addTo(set: SeriesSet, series: SeriesOfValue | undefined): void {
  if (series instanceof Postings) series.addTo(set);
  else if (series !== undefined) set.add(series);
}

function countOf(series: SeriesOfValue | undefined): number {
  return series instanceof Postings ? series.count : 1;
}

function countIn(series: SeriesOfValue, set: SeriesSet, most: number): number {
  if (series instanceof Postings) return series.countIn(set, most);
  return set.has(series) ? 1 : 0;
}
