import { type Aggregation, aggregation, rowAggregation } from '../aggregation.js';
import { BadRequest, quoted } from '../bad-request.js';
import { refuse } from '../evaluation-refusal.js';
import { formatNumber } from '../python-format.js';
import { parseOffset } from '../time-offset.js';
import type { TimeSeries } from '../time-series.js';
import { type Constant, defaultOf, type Parameter } from './parameter.js';
import type { Value } from './value.js';

const INTERVAL_MAX_S = 1000 * 365 * 86_400;

/**
 * The arguments of one call, by parameter. A missing one has the default of the parameter; each getter
 * converts as Python would in the original, and refuses what cannot be converted.
 */
export class Arguments {
  readonly #name: string;
  readonly #params: readonly Parameter[];
  readonly #values: ReadonlyMap<string, readonly Value[]>;

  /** @param values by the name of the parameter; at most one for each that is not `multiple` */
  constructor(
    name: string,
    params: readonly Parameter[],
    values: ReadonlyMap<string, readonly Value[]>,
  ) {
    this.#name = name;
    this.#params = params;
    this.#values = values;
  }

  /** Whether there is an argument, given or by default, and not none. */
  has(parameter: string): boolean {
    return this.value(parameter).type !== 'none';
  }

  /** Whether it was given in the call, and not as none: no default counts. */
  isGiven(parameter: string): boolean {
    const given = this.#values.get(parameter)?.[0];
    return given !== undefined && given.type !== 'none';
  }

  /** The first value, the default, or none. */
  value(parameter: string): Value {
    const given = this.#values.get(parameter)?.[0];
    if (given !== undefined) return given;
    const declared = this.#params.find((one) => one.name === parameter);
    return constantValue(declared && defaultOf(declared));
  }

  /** All values of a parameter that takes several. */
  values(parameter: string): readonly Value[] {
    return this.#values.get(parameter) ?? [];
  }

  /** All series of a parameter, in one list. */
  series(parameter = 'seriesList'): readonly TimeSeries[] {
    const lists = this.lists(parameter);
    return lists.length === 1 ? lists[0] : lists.flat();
  }

  /** The series of a parameter, a list for each argument. */
  lists(parameter = 'seriesLists'): readonly (readonly TimeSeries[])[] {
    return this.values(parameter).flatMap((value) => {
      if (value.type === 'series') return [value.series];
      if (value.type !== 'lists') return this.#refuse(parameter, value, 'a list of series');
      return refuse('lists of series, as mapSeries makes them, are only good for reduceSeries');
    });
  }

  /** The series of all lists that mapSeries made; none where it found nothing. */
  mapped(parameter: string): readonly TimeSeries[] {
    const value = this.value(parameter);
    if (value.type === 'lists') return value.lists.flat();
    const isNothing = value.type === 'series' && value.series.length === 0;
    return isNothing
      ? []
      : this.#refuse(parameter, value, 'lists of series, as mapSeries makes them');
  }

  /** A float, which may be infinite. */
  number(parameter: string): number {
    return this.#number(parameter, this.value(parameter));
  }

  /** A float above 0, at most 100. */
  percent(parameter: string): number {
    const number = this.number(parameter);
    return number > 0 && number <= 100
      ? number
      : this.#refuse(parameter, this.value(parameter), 'above 0, at most 100');
  }

  optionalNumber(parameter: string): number | undefined {
    return this.has(parameter) ? this.number(parameter) : undefined;
  }

  /** A whole number, cut at the point as Python's `int` does. */
  integer(parameter: string): number {
    return this.#integer(parameter, this.value(parameter));
  }

  /** A whole number, as Python wants it where it counts points: one written with a fraction, as 2.0, is refused. */
  wholeNumber(parameter: string): number {
    const value = this.value(parameter);
    return value.type === 'number' && !value.isInteger
      ? this.#refuse(parameter, value, 'a whole number')
      : this.#integer(parameter, value);
  }

  /** All numbers of a parameter that takes several. */
  integers(parameter: string): readonly number[] {
    return this.values(parameter).map((value) => this.#integer(parameter, value));
  }

  /** A boolean, also as a text: `'false'` is false. */
  boolean(parameter: string): boolean {
    const value = this.value(parameter);
    return this.isTrue(parameter) && !(value.type === 'string' && /^false$/i.test(value.value));
  }

  /** True for what Python takes for true. */
  isTrue(parameter: string): boolean {
    const value = this.value(parameter);
    switch (value.type) {
      case 'none':
        return false;
      case 'series':
        return value.series.length > 0;
      case 'lists':
        return value.lists.length > 0;
      default:
        return Boolean(value.value);
    }
  }

  string(parameter: string): string {
    const value = this.value(parameter);
    return value.type === 'string' ? value.value : this.#refuse(parameter, value, 'a text');
  }

  strings(parameter: string): readonly string[] {
    return this.values(parameter).map((value) =>
      value.type === 'string' ? value.value : this.#refuse(parameter, value, 'a text'),
    );
  }

  /** Positions in a name, or tags. */
  nodes(parameter = 'nodes'): readonly (number | string)[] {
    return this.values(parameter).map((value) => {
      if (value.type === 'number') return value.value;
      return value.type === 'string' ? value.value : this.#refuse(parameter, value, 'a node');
    });
  }

  /** A span of time in seconds, with its sign: `-1h`. */
  intervalS(parameter: string): number {
    const offset = parseOffset(this.string(parameter), parameter);
    if (offset instanceof BadRequest) return refuse(`${this.#name}: ${offset.message}`);
    return Math.abs(offset) <= INTERVAL_MAX_S
      ? offset
      : refuse(`${this.#name}: ${parameter} is longer than a thousand years`);
  }

  /** The aggregation that an argument names, `sum` or `sumSeries`. */
  aggregation(parameter = 'func'): Aggregation {
    const name = this.string(parameter);
    const known = aggregation(name) ?? aggregation(name.replace(/Series$/, ''));
    return known ?? refuse(`${this.#name}: there is no aggregation ${quoted(name)}`);
  }

  /** The aggregation that is to combine series, and what it is called: `sum`, also for `sumSeries`. */
  rowAggregation(parameter = 'func'): { readonly by: string; readonly aggregate: Aggregation } {
    const name = this.string(parameter);
    const by = name.replace(/Series$/, '');
    const aggregate = rowAggregation(by);
    if (aggregate === undefined)
      return refuse(`${this.#name}: there is no aggregation ${quoted(name)} of several series`);
    return { by, aggregate };
  }

  /** The argument as Python's `str` would write it, for names and tags. */
  text(parameter: string): string {
    return pythonText(this.value(parameter));
  }

  /** The argument as the name of series, whatever it is. */
  name(parameter: string): Pick<TimeSeries, 'name' | 'unnamed'> {
    const value = this.value(parameter);
    const name = pythonText(value);
    return { name, unnamed: value.type === 'string' ? undefined : { name, json: jsonOf(value) } };
  }

  #integer(parameter: string, value: Value): number {
    const number = Math.trunc(this.#number(parameter, value));
    const isWhole = value.type !== 'string' || /^\s*[+-]?\d+\s*$/.test(value.value);
    return Number.isFinite(number) && isWhole
      ? number
      : this.#refuse(parameter, value, 'a whole number');
  }

  #number(parameter: string, value: Value): number {
    if (value.type === 'number') return value.value;
    if (value.type === 'boolean') return value.value ? 1 : 0;
    const number = value.type === 'string' ? pythonNumber(value.value) : undefined;
    return number ?? this.#refuse(parameter, value, 'a number');
  }

  #refuse(parameter: string, value: Value, wanted: string): never {
    return refuse(`${this.#name}: ${parameter} is ${described(value)}, and must be ${wanted}`);
  }
}

/** A constant of a declaration as a value; null and undefined are none. */
export function constantValue(constant: Constant | null | undefined): Value {
  if (constant === undefined || constant === null) return { type: 'none' };
  if (typeof constant === 'string') return { type: 'string', value: constant };
  if (typeof constant === 'boolean') return { type: 'boolean', value: constant };
  return { type: 'number', value: constant, isInteger: Number.isInteger(constant) };
}

/** A value as Python's `str` writes it. */
export function pythonText(value: Value): string {
  switch (value.type) {
    case 'number':
      return formatNumber(value.value, value.isInteger);
    case 'boolean':
      return value.value ? 'True' : 'False';
    case 'string':
      return value.value;
    case 'none':
      return 'None';
    default:
      return '[]';
  }
}

/** What is no text as JSON, in which an infinite number is written as one that is too large. */
function jsonOf(value: Exclude<Value, { type: 'string' }>): string {
  switch (value.type) {
    case 'none':
      return 'null';
    case 'boolean':
      return String(value.value);
    case 'number':
      return Number.isFinite(value.value) ? pythonText(value) : '1e9999';
    default:
      return '[]';
  }
}

/** Python's `float` of a text. */
function pythonNumber(text: string): number | undefined {
  const plain = text.trim().toLowerCase();
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(plain)) return Number(plain);
  const special = /^([+-]?)(inf|infinity|nan)$/.exec(plain);
  if (special === null) return undefined;
  if (special[2] === 'nan') return Number.NaN;
  return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** What an argument is, for a message. */
export function described(value: Value): string {
  switch (value.type) {
    case 'series':
    case 'lists':
      return 'a list of series (a name without quotes is a path)';
    case 'string':
      return quoted(value.value);
    default:
      return pythonText(value);
  }
}
