import { parseSeries } from '../protocols/tags.js';
import { NameTag } from './name-tag.js';
import type { Series } from './series.js';

/**
 * A series while functions work on it. Nobody changes one, nor its values: a function makes another by
 * `{ ...series, name, values }`, and shares what stays the same.
 *
 * NaN is null. A NaN that somebody stored is so no value either, as in the answers of graphite-web.
 */
export interface TimeSeries extends Series {
  /** Says that the name is none, as long as it is this one. */
  readonly unnamed?: Unnamed | undefined;
  /** What stands for the series in names of functions that combine several: a path, or a call. */
  readonly pathExpression: string;
  readonly tags: ReadonlyMap<string, string>;
  /** The aggregation that brings it to fewer points: `average`, `sum`, ... */
  readonly consolidateBy: string;
  /** The part of the values of a consolidated point that must be known, 0 to 1. */
  readonly xFilesFactor: number;
  /** That part was an argument of the call that made the series: it does not go for what is made of it. */
  readonly isFactorItsOwn?: boolean;
  /** What functions of the group Graph say of its looks: `color`, `lineWidth`, ... */
  readonly graphOptions: ReadonlyMap<string, string | number | boolean>;
}

/** A name that is no text in graphite-web, whose JSON shows what it is: a number, a boolean, null for none, a list for a path without quotes. */
export interface Unnamed {
  readonly name: string;
  readonly json: string;
}

const NO_OPTIONS: ReadonlyMap<string, string | number | boolean> = new Map();

/** A series with what follows from its name, and graphite's defaults. */
export function timeSeries(
  series: Series,
  pathExpression = series.name,
  xFilesFactor = 0,
): TimeSeries {
  const { name, startS, endS, stepS, values } = series;
  return {
    name,
    startS,
    endS,
    stepS,
    values,
    pathExpression,
    tags: tagsOf(name),
    consolidateBy: 'average',
    xFilesFactor,
    graphOptions: NO_OPTIONS,
  };
}

/** How a name looks that is a call of a function: what tags it shows are those of its arguments. */
const CALL = /^[a-z]+\(.+\)$/i;

/** Nearly all names: what has neither tags, nor a beginning that tags do without, nor a call. */
const PLAIN = /^[\w.-]+$/;

/** The tags in a name; `name` among them is the metric without them. */
function tagsOf(name: string): ReadonlyMap<string, string> {
  if (PLAIN.test(name)) return new NameTag(name);
  const tags = CALL.test(name) ? undefined : parseSeries(name)?.tags;
  return tags ?? new Map([['name', name]]);
}

/** The tags, with some set. */
export function withTags(
  tags: ReadonlyMap<string, string>,
  set: Readonly<Record<string, string>>,
): ReadonlyMap<string, string> {
  return new Map([...tags, ...Object.entries(set)]);
}

/** Series renamed to `name`, which stands for it in other names too, as `scale` and many others do. */
export function named(series: TimeSeries, name: string): TimeSeries {
  return { ...series, name, pathExpression: name };
}

/** Each value by itself; `change` is not asked about null, and may give it (NaN). */
export function mapValues(values: Float64Array, change: (value: number) => number): Float64Array {
  const result = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++)
    result[i] = Number.isNaN(values[i]) ? Number.NaN : change(values[i]);
  return result;
}
