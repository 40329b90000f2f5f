import { expect } from 'chai';
import fc from 'fast-check';
import type { FoldKind } from '../../../src/protocols/folded-block.js';
import { aggregateRows, finishedFold, foldOf } from '../../../src/query/aggregate-rows.js';
import { builtInAggregation } from '../../../src/query/aggregation.js';
import { Fold, type Folded } from '../../../src/query/fold.js';
import { normalise } from '../../../src/query/normalise.js';
import { timeSeries } from '../../../src/query/time-series.js';

const LENGTH = 6;
const WINDOW = { startS: 60, endS: 60 + LENGTH * 60, stepS: 60 };
const AGGREGATIONS = ['sum', 'total', 'average', 'avg', 'avg_zero', 'max', 'min'];

/** All doubles, and more of those that are seldom: what is whole, or nearly. */
const value = fc.oneof(
  fc.double(),
  fc.integer().map((whole) => whole / 8),
  fc.bigInt({ min: -(2n ** 53n), max: 2n ** 53n }).map(Number),
  fc.constantFrom(0, -0, 0.1, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY),
);
const whole = fc.oneof(
  fc.integer({ min: -1_000_000, max: 1_000_000 }).map((parts) => parts / 16),
  fc.constant(Number.NaN),
);
const seriesOf = (values: fc.Arbitrary<number>) =>
  fc.array(fc.array(values, { minLength: LENGTH, maxLength: LENGTH }), { minLength: 1 });

/** What nodes make of the series, of which each one has every `nodes`th. */
function folded(kind: FoldKind, all: readonly number[][], nodes: number): Folded | undefined {
  const whole = new Fold(kind, WINDOW);
  for (let node = 0; node < nodes; node++) {
    const fold = new Fold(kind, WINDOW);
    const some = all.filter((_, i) => i % nodes === node);
    const series = some.map((values) => ({ ...WINDOW, values: Float64Array.from(values) }));
    if (!series.every((one) => fold.take(one)) || !whole.join(fold.block)) return undefined;
  }
  return whole.result;
}

function wanted(by: string, all: readonly number[][], xFilesFactor: number): number[] {
  const series = all.map((values, i) =>
    timeSeries({ ...WINDOW, name: `s${i}`, values: Float64Array.from(values) }),
  );
  return [...aggregateRows(normalise(series), builtInAggregation(by), xFilesFactor)];
}

function check(by: string, all: readonly number[][], nodes: number, xFilesFactor: number) {
  const aggregate = builtInAggregation(by);
  const made = folded(foldOf(aggregate) ?? 'sum', all, nodes);
  if (made === undefined) return false;
  expect(made.count).to.equal(all.length);
  const result = [...finishedFold(made, aggregate, xFilesFactor)];
  // To the bit: 0 is not -0.
  expect(result.map((one) => Object.is(one, -0))).to.deep.equal(
    wanted(by, all, xFilesFactor).map((one) => Object.is(one, -0)),
  );
  expect(result).to.deep.equal(wanted(by, all, xFilesFactor));
  return true;
}

describe('Fold', () => {
  const by = fc.constantFrom(...AGGREGATIONS);
  const nodes = fc.integer({ min: 1, max: 4 });
  const factor = fc.constantFrom(0, 0.5, 1);

  it('makes what comes of all series in their order, whoever has which, or nothing', () => {
    fc.assert(fc.property(by, seriesOf(value), nodes, factor, (...some) => void check(...some)));
  });

  it('always makes it of numbers with few digits', () => {
    fc.assert(
      fc.property(by, seriesOf(whole), nodes, factor, (...some) => {
        expect(check(...some)).to.equal(true);
      }),
    );
  });

  it('adds up nothing that is not exact in every order', () => {
    const row = (first: number) => [first, 0, 0, 0, 0, 0];
    for (const some of [
      [0.1, 1],
      [2 ** 53, 1, 1],
      [2 ** 52, 0.5],
      [Number.POSITIVE_INFINITY, 1],
    ]) {
      for (const count of [1, 2]) {
        expect(folded('sum', some.map(row), count), `${some}`).to.equal(undefined);
      }
    }
    expect(folded('max', [row(-0)], 1)).to.equal(undefined);
    expect(folded('sum', [row(2 ** 52), row(2 ** 51)], 2)?.values[0]).to.equal(1.5 * 2 ** 52);
  });

  it('takes nothing of another window', () => {
    const fold = new Fold('max', WINDOW);
    const other = { startS: 0, endS: LENGTH * 60, stepS: 60 };
    expect(fold.take({ ...other, values: new Float64Array(LENGTH) })).to.equal(false);
    expect(fold.join(new Fold('max', other).block)).to.equal(false);
  });
});
