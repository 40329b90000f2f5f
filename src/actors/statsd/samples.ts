import type { RejectionReason } from '../../protocols/rejection.js';
import type { SampleSink } from '../../protocols/statsd.js';
import { timerFigures } from './timer-figures.js';

const INITIAL_VALUES = 16;

interface Counter {
  kind: 'counter';
  total: number;
  quietFlushes: number;
}

interface Timer {
  kind: 'timer';
  values: Float64Array;
  valueCount: number;
  count: number;
  quietFlushes: number;
}

interface Gauge {
  kind: 'gauge';
  value: number;
  quietFlushes: number;
}

interface MemberSet {
  kind: 'set';
  members: Set<string>;
  quietFlushes: number;
}

type Statistic = Counter | Timer | Gauge | MemberSet;

/** What becomes a point: the name below the prefix, and its value. */
export type Flushed = (name: string, value: number) => void;

export interface SampleLimits {
  /** Statistics that are kept, over all kinds. */
  namesMax: number;
  /** Values of timers and members of sets that are kept in one interval, over all names. */
  valuesMax: number;
}

/**
 * The samples of one interval by name, and what has to be known of earlier ones: as statsd does, counters and sets go
 * on as 0 and gauges with their last value, until a name is forgotten.
 */
export class Samples implements SampleSink {
  readonly #statistics = new Map<string, Statistic>();
  readonly #limits: SampleLimits;
  readonly #refused: (reason: RejectionReason, name: string) => void;
  #values = 0;

  constructor(limits: SampleLimits, refused: (reason: RejectionReason, name: string) => void) {
    this.#limits = limits;
    this.#refused = refused;
  }

  get names(): number {
    return this.#statistics.size;
  }

  count(name: string, value: number, weight: number): void {
    const counter = this.#statistic(`counters.${name}`, () => newCounter());
    if (counter?.kind === 'counter') counter.total += value * weight;
  }

  time(name: string, value: number, weight: number): void {
    const timer = this.#statistic(`timers.${name}`, () => newTimer());
    if (timer?.kind !== 'timer') return;
    timer.count += weight;
    if (!this.#hasRoom(name)) return;
    if (timer.valueCount === timer.values.length) {
      const grown = new Float64Array(2 * timer.valueCount);
      grown.set(timer.values);
      timer.values = grown;
    }
    timer.values[timer.valueCount++] = value;
  }

  gauge(name: string, value: number, isDelta: boolean): void {
    const gauge = this.#statistic(`gauges.${name}`, () => newGauge());
    if (gauge?.kind === 'gauge') gauge.value = isDelta ? gauge.value + value : value;
  }

  member(name: string, value: string): void {
    const set = this.#statistic(`sets.${name}`, () => newSet());
    if (set?.kind !== 'set' || set.members.has(value)) return;
    if (this.#hasRoom(name)) set.members.add(value);
  }

  /**
   * Says what the interval has brought, and begins the next one.
   *
   * @param quietFlushesMax flushes without a sample after which a name is forgotten
   */
  flush(
    intervalS: number,
    percentiles: readonly number[],
    quietFlushesMax: number,
    say: Flushed,
  ): void {
    for (const [name, statistic] of this.#statistics) {
      if (statistic.quietFlushes++ >= quietFlushesMax) this.#statistics.delete(name);
      else sayStatistic(name, statistic, intervalS, percentiles, say);
    }
    this.#values = 0;
  }

  #statistic(name: string, make: () => Statistic): Statistic | undefined {
    let statistic = this.#statistics.get(name);
    if (statistic === undefined) {
      if (this.#statistics.size >= this.#limits.namesMax) {
        this.#refused('too-many-names', name);
        return undefined;
      }
      statistic = make();
      this.#statistics.set(name, statistic);
    }
    statistic.quietFlushes = 0;
    return statistic;
  }

  #hasRoom(name: string): boolean {
    if (this.#values < this.#limits.valuesMax) {
      this.#values++;
      return true;
    }
    this.#refused('too-many-samples', name);
    return false;
  }
}

/** The figure goes in front of the tags. */
function figureName(name: string, figure: string): string {
  const tags = name.indexOf(';');
  return tags < 0 ? `${name}.${figure}` : `${name.slice(0, tags)}.${figure}${name.slice(tags)}`;
}

/** Says what a statistic has gathered, and empties it. */
function sayStatistic(
  name: string,
  statistic: Statistic,
  intervalS: number,
  percentiles: readonly number[],
  say: Flushed,
): void {
  switch (statistic.kind) {
    case 'counter':
      say(figureName(name, 'rate'), statistic.total / intervalS);
      say(figureName(name, 'count'), statistic.total);
      statistic.total = 0;
      return;
    case 'gauge':
      say(name, statistic.value);
      return;
    case 'set':
      say(figureName(name, 'count'), statistic.members.size);
      statistic.members.clear();
      return;
    case 'timer':
      sayTimer(name, statistic, intervalS, percentiles, say);
  }
}

function sayTimer(
  name: string,
  timer: Timer,
  intervalS: number,
  percentiles: readonly number[],
  say: Flushed,
): void {
  if (timer.valueCount === 0) {
    say(figureName(name, 'count'), timer.count);
    say(figureName(name, 'count_ps'), timer.count / intervalS);
  } else {
    const values = timer.values.subarray(0, timer.valueCount);
    for (const [figure, value] of timerFigures(values, timer.count, intervalS, percentiles))
      say(figureName(name, figure), value);
  }
  timer.values = new Float64Array(INITIAL_VALUES);
  timer.valueCount = 0;
  timer.count = 0;
}

const newCounter = (): Counter => ({ kind: 'counter', total: 0, quietFlushes: 0 });
const newGauge = (): Gauge => ({ kind: 'gauge', value: 0, quietFlushes: 0 });
const newSet = (): MemberSet => ({ kind: 'set', members: new Set(), quietFlushes: 0 });
const newTimer = (): Timer => ({
  kind: 'timer',
  values: new Float64Array(INITIAL_VALUES),
  valueCount: 0,
  count: 0,
  quietFlushes: 0,
});
