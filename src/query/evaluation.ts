import { BadRequest, quoted } from './bad-request.js';
import { EvaluationRefusal, refuse } from './evaluation-refusal.js';
import {
  type FetchedAnswer,
  FetchedSeries,
  isFolded,
  type Need,
  NOT_FETCHED,
} from './fetched-series.js';
import { Arguments } from './functions/arguments.js';
import { type Bound, bindArguments } from './functions/binding.js';
import type { CallContext, FunctionDeclaration, Source } from './functions/declaration.js';
import { checkStrictly } from './functions/strict-arguments.js';
import { SeriesLists, type Value } from './functions/value.js';
import { factorFor, held, longest, pointsOf, seriesOf } from './held-series.js';
import { refusingLongWork } from './name-pattern.js';
import { randomNumbers } from './random.js';
import { type EvaluationLimits, RequestBudget } from './request-budget.js';
import {
  type Argument,
  type CallExpression,
  type Expression,
  type Literal,
  parseTarget,
  type TemplateExpression,
} from './target.js';
import { substituted } from './template.js';
import type { TimeSeries } from './time-series.js';
import { isSensibleTime } from './times.js';
import type { Window } from './window.js';

/** Parts of an evaluation, between which others have their turn. */
export interface Turns {
  /** Asked between calls. */
  isOver(): boolean;
  /** Resolves when the next one begins; what it rejects with ends the evaluation. */
  next(): Promise<void>;
}

export interface EvaluationOptions {
  readonly window: Window;
  readonly xFilesFactor: number;
  readonly maxDataPoints: number | undefined;
  /** Parameters `template[name]` of the request: they come before those of the target. */
  readonly templateVariables: ReadonlyMap<string, string>;
  /** Refuses arguments of the wrong type even where the function could make something of them. */
  readonly strict: boolean;
  readonly functions: ReadonlyMap<string, FunctionDeclaration>;
  /** What looks like chance follows from it. */
  readonly seed: number;
  readonly limits: EvaluationLimits;
  /** Without them the evaluation is done in one go. */
  readonly turns?: Turns;
}

type Called = Pick<CallExpression, 'name' | 'text'>;

/** Where an expression is evaluated. */
interface Place {
  readonly window: Window;
  /** What `$name` stands for; lost when an argument is evaluated again in another window. */
  readonly variables: ReadonlyMap<string, Literal> | undefined;
}

/** Thrown where the turn is over; no error, and given as a result to whoever runs the evaluation. */
export const PAUSED = Symbol('paused');

/** Series, or what has to be fetched first, or that it has to be run again, or what is wrong with the targets. */
export type Evaluated =
  | readonly TimeSeries[]
  | { readonly needs: readonly Need[] }
  | typeof PAUSED
  | BadRequest;

/**
 * The targets of one request. `run` evaluates as far as it can with the points at hand, synchronously, and
 * says what to fetch for the rest: first all paths of all targets, later what functions ask for in other
 * windows. What is evaluated is kept until its target is done, so that running again costs little.
 */
export class Evaluation {
  readonly #options: EvaluationOptions;
  readonly #budget: RequestBudget;
  readonly #fetched: FetchedSeries;
  /** By expression, then by place. */
  readonly #done = new Map<Argument, Map<string, Value>>();
  readonly #written = new Map<string, Expression>();
  readonly #carried = new Map<string, Float64Array>();
  /** Whether something in this run waits for points. */
  #isIncomplete = false;

  constructor(options: EvaluationOptions) {
    this.#options = options;
    this.#budget = new RequestBudget(options.limits);
    this.#fetched = new FetchedSeries(options.xFilesFactor);
  }

  /**
   * @param answers the series of each need, in the order of the needs
   * @returns what is wrong where that is more than the request may hold
   */
  supply(needs: readonly Need[], answers: readonly FetchedAnswer[]): BadRequest | undefined {
    return refusalOf(() => {
      needs.forEach((need, i) => {
        const answer = answers[i];
        this.#budget.hold(isFolded(answer) ? [answer] : answer);
        this.#fetched.supply(need, answers[i]);
      });
    });
  }

  run(targets: readonly Expression[]): Evaluated {
    this.#isIncomplete = false;
    if (this.#lackPaths(targets)) return this.#needed();
    try {
      const place = { window: this.#options.window, variables: undefined };
      const lists = this.#all(targets, (target) => seriesOf(this.#evaluate(target, place)));
      return this.#shown(lists);
    } catch (error) {
      if (error === NOT_FETCHED) return this.#needed();
      if (error === PAUSED) return PAUSED;
      if (error instanceof EvaluationRefusal) return error.refused;
      throw error;
    }
  }

  /** A request that names much a thousand times is as large as one that names a thousand times as much. */
  #shown(lists: readonly (readonly TimeSeries[])[]): Evaluated {
    const { seriesMax } = this.#options.limits;
    const count = lists.reduce((sum, { length }) => sum + length, 0);
    if (count <= seriesMax) return lists.flat();
    const reason = `the answer has ${count} series, more than ${seriesMax} (RENDER_MAX_SERIES)`;
    return new BadRequest('target', `${reason}: ask for fewer targets, or narrow the patterns`);
  }

  /** Whether targets are paths alone, as most are, and some of them is not fetched: they need no evaluation to tell. */
  #lackPaths(targets: readonly Expression[]): boolean {
    const paths = targets.flatMap((target) => (target.type === 'path' ? [target] : []));
    if (paths.length < targets.length) return false;
    return paths.filter((path) => !this.#fetched.has(path, this.#options.window)).length > 0;
  }

  #needed(): Evaluated {
    const needs = this.#fetched.takeNeeds();
    const reason = this.#budget.countFetches(needs.length);
    return reason === undefined ? { needs } : new BadRequest('target', reason);
  }

  /** One after the other, past what is not fetched yet, so that all of that is known at once. */
  #all<T, R>(items: readonly T[], evaluate: (item: T) => R): R[] {
    const results: R[] = [];
    let isComplete = true;
    for (const item of items) {
      try {
        results.push(evaluate(item));
      } catch (error) {
        if (error !== NOT_FETCHED) throw error;
        isComplete = false;
        this.#isIncomplete = true;
      }
    }
    if (!isComplete) throw NOT_FETCHED;
    return results;
  }

  #evaluate(argument: Argument, place: Place): Value {
    switch (argument.type) {
      case 'number':
        return { ...argument, isInteger: /^-?\d+$/.test(argument.text) };
      case 'infinity':
        return { type: 'number', value: Number.POSITIVE_INFINITY, isInteger: false };
      case 'path':
        return this.#path(argument.path, place);
      case 'template':
        return this.#template(argument, place);
      case 'call':
        return this.#remembered(argument, place);
      default:
        return argument;
    }
  }

  #path(path: string, { window, variables }: Place): Value {
    const put = substituted(path, variables);
    if (put.type !== 'path') return put;
    return { type: 'series', series: this.#fetched.get(put, window) };
  }

  #template({ body, variables }: TemplateExpression, { window }: Place): Value {
    const all = new Map(variables);
    for (const [name, value] of this.#options.templateVariables)
      all.set(name, { type: 'string', value });
    return this.#evaluate(body, { window, variables: all });
  }

  #remembered(call: CallExpression, place: Place): Value {
    const { fromS, untilS } = place.window;
    const key = `${fromS} ${untilS} ${place.variables === undefined}`;
    const done = this.#done.get(call);
    const known = done?.get(key);
    if (known !== undefined) return known;
    const value = this.#call(call, place);
    if (done === undefined) this.#done.set(call, new Map([[key, value]]));
    else done.set(key, value);
    this.#budget.hold(held(value));
    this.#forgetArguments(call, key);
    // What is done is not done again: each turn comes further.
    if (this.#options.turns?.isOver()) throw PAUSED;
    return value;
  }

  /** What a call was given is not asked for again at its place, as the call itself is not evaluated again. */
  #forgetArguments(call: CallExpression, key: string): void {
    for (const argument of [...call.args, ...call.namedArgs.values()]) {
      const done = this.#done.get(argument);
      const value = done?.get(key);
      if (value === undefined) continue;
      done?.delete(key);
      this.#budget.release(held(value));
    }
  }

  #call(call: CallExpression, place: Place): Value {
    const declaration = this.#declared(call.name);
    const folded = this.#folded(call, declaration, place);
    if (folded !== undefined) return { type: 'series', series: folded };
    const bound = bindArguments(call.name, declaration, call.args, call.namedArgs);
    const values = new Map<string, Value[]>();
    this.#all([...bound], ([parameter, args]) => {
      values.set(
        parameter,
        this.#all(args, (arg) => this.#evaluate(arg, place)),
      );
    });
    this.#budget.countCall();
    return this.#apply(call, declaration, values, place, bound);
  }

  /** Of a call that is given a path alone, where what is made of its series comes instead of these. */
  #folded(
    { args, namedArgs }: CallExpression,
    { folding }: FunctionDeclaration,
    { window, variables }: Place,
  ): readonly TimeSeries[] | undefined {
    const [only, ...others] = args;
    if (folding === undefined || only?.type !== 'path') return undefined;
    if (others.length > 0 || namedArgs.size > 0) return undefined;
    const source = substituted(only.path, variables);
    if (source.type !== 'path') return undefined;
    const folded = this.#fetched.folded(source, window, folding.fold);
    if (folded === undefined) return undefined;
    this.#budget.countCall();
    this.#budget.checkTime();
    return this.#budget.within(folded.values.length, () =>
      folding.evaluate(folded, source.path, this.#options.xFilesFactor),
    );
  }

  #declared(name: string): FunctionDeclaration {
    const declaration = this.#options.functions.get(name);
    return declaration ?? refuse(`the function ${quoted(name)} is not supported`);
  }

  #apply(
    called: Called,
    declaration: FunctionDeclaration,
    values: Bound<Value>,
    place: Place,
    expressions: Bound<Argument>,
  ): Value {
    const { name } = called;
    this.#budget.checkTime();
    if (this.#options.strict) checkStrictly(name, declaration.params, values);
    const context = this.#context(called, place, values, expressions);
    const result = this.#budget.within(
      pointsOf(values),
      () => declaration.evaluate(context, new Arguments(name, declaration.params, values)),
      declaration.workPerPoint,
    );
    if (result instanceof SeriesLists) return { type: 'lists', lists: result.lists };
    this.#budget.checkSize(name, result);
    return { type: 'series', series: result };
  }

  #context(
    { name, text }: Called,
    { window }: Place,
    values: Bound<Value>,
    expressions: Bound<Argument>,
  ): CallContext {
    const { xFilesFactor, maxDataPoints, limits, seed } = this.#options;
    return {
      name,
      text,
      window,
      xFilesFactor: factorFor(values, xFilesFactor),
      maxDataPoints,
      again: (parameter, windows) => {
        const args = expressions.get(parameter);
        if (args === undefined)
          return windows.map(() => (values.get(parameter) ?? []).flatMap(seriesOf));
        return this.#all(windows, (other) => {
          checkTimes(name, other);
          const place = { window: other, variables: undefined };
          return this.#all(args, (arg) => seriesOf(this.#evaluate(arg, place))).flat();
        });
      },
      targets: (texts, other) =>
        this.#all(texts, (text) => {
          const place = { window: other, variables: undefined };
          return seriesOf(this.#evaluate(this.#parsed(text), place));
        }),
      fetch: (sources: readonly Source[], other) =>
        this.#all(sources, (source) => this.#fetched.get(source, other)),
      call: (other, args) => {
        const declaration = this.#declared(other);
        const bound = bindArguments(other, declaration, args, new Map());
        const called = { name: other, text: `${other}()` };
        const place = { window, variables: undefined };
        return seriesOf(this.#apply(called, declaration, bound, place, new Map()));
      },
      nulls: this.#budget.maker(name, longest(values)),
      chance: (key) => randomNumbers(seed, keyOf(name, key, window)),
      limited: refusingLongWork(name, limits.limited),
      carried: (key) => {
        // What comes before might still add to it.
        if (this.#isIncomplete) throw NOT_FETCHED;
        return this.#carried.get(keyOf(name, key, window));
      },
      carry: (key, values) => {
        this.#carried.set(keyOf(name, key, window), values);
      },
    };
  }

  /** A target that a function wrote, the same object each time, by which its values are kept. */
  #parsed(text: string): Expression {
    const known = this.#written.get(text);
    if (known !== undefined) return known;
    const target = parseTarget(text);
    if (target === null) return refuse('a function asks for a target without a name');
    if ('reason' in target) return refuse(target.reason);
    this.#written.set(text, target);
    return target;
  }
}

function checkTimes(name: string, { fromS, untilS }: Window): void {
  if (!isSensibleTime(fromS) || !isSensibleTime(untilS))
    refuse(`${name} asks for points of a time that is out of range`);
}

function keyOf(name: string, key: string, { fromS, untilS }: Window): string {
  return `${fromS} ${untilS} ${name} ${key}`;
}

function refusalOf(work: () => void): BadRequest | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof EvaluationRefusal) return error.refused;
    throw error;
  }
}
