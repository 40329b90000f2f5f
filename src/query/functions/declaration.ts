import type { FoldKind } from '../../protocols/folded-block.js';
import type { Folded } from '../fold.js';
import type { TimeSeries } from '../time-series.js';
import type { Window } from '../window.js';
import type { Arguments } from './arguments.js';
import type { Parameter } from './parameter.js';
import type { SeriesLists, Value } from './value.js';

/** Where series come from: a path with globs, the conditions of `seriesByTag`, or events. */
export type Source =
  | { readonly type: 'path'; readonly path: string }
  | {
      readonly type: 'tags';
      readonly expressions: readonly string[];
      /** What stands for the series in names of functions that combine several. */
      readonly text: string;
    }
  /** Those with all of the tags, or all: each a series of one value at the second when it was. */
  | { readonly type: 'events'; readonly tags: readonly string[] | undefined };

/**
 * What a call may ask for besides its arguments. Whatever needs other points than those at hand (`again`,
 * `targets`, `fetch`) may end this evaluation of the call: it is then evaluated anew, from its start, with
 * the points there.
 */
export interface CallContext {
  /** The name that was called: the function's own, or one of its aliases. */
  readonly name: string;
  /** The call as it was written. */
  readonly text: string;
  readonly window: Window;
  /** 0 to 1: of the request, unless `setXFilesFactor` says otherwise of the series. */
  readonly xFilesFactor: number;
  readonly maxDataPoints: number | undefined;
  /** The series of an argument in other windows, in the order of the windows. */
  again(parameter: string, windows: readonly Window[]): readonly (readonly TimeSeries[])[];
  /** The series of targets that the function wrote itself. */
  targets(texts: readonly string[], window: Window): readonly (readonly TimeSeries[])[];
  fetch(sources: readonly Source[], window: Window): readonly (readonly TimeSeries[])[];
  /** Another function, by name, with values for its arguments. */
  call(name: string, values: readonly Value[]): readonly TimeSeries[];
  /** Nulls, as many as `count`, if that is not more than a request may have. */
  nulls(count: number): Float64Array;
  /** Numbers from 0 to less than 1 that look like chance, the same ones for a key throughout a request. */
  chance(key: string): () => number;
  /** Does what may never end (a search for somebody's pattern), and refuses the target if it takes too long. */
  limited<T>(work: () => T): T;
  /**
   * What the calls of this function before this one, in the order of the targets, left under a key; may end
   * this evaluation, as `again` does.
   */
  carried(key: string): Float64Array | undefined;
  /** Leaves something under a key; comes last, since a call that is evaluated anew would do it twice. */
  carry(key: string, values: Float64Array): void;
}

/** A function of graphite's render API: what `/functions` tells of it, and what it does. */
export interface FunctionDeclaration {
  readonly name: string;
  /** Other names, which stand in the table as functions of their own. */
  readonly aliases?: readonly string[];
  readonly group: string;
  readonly description: string;
  readonly params: readonly Parameter[];
  /** How long a call works on each point that it is given, where that is long; 1 is what it takes to fetch one. */
  readonly workPerPoint?: number;
  /** What it makes of series of which one was made before they came, where a path is all that it is given. */
  readonly folding?: {
    readonly fold: FoldKind;
    readonly evaluate: (
      folded: Folded,
      pathExpression: string,
      xFilesFactor: number,
    ) => readonly TimeSeries[];
  };
  /** Pure: changes neither series nor their values, which others share. */
  readonly evaluate: (context: CallContext, args: Arguments) => readonly TimeSeries[] | SeriesLists;
}
