import { expect } from 'chai';
import fc from 'fast-check';
import { aggregation, countKnown } from '../../../src/query/aggregation.js';
import { movingAggregation, movingCount } from '../../../src/query/moving-aggregation.js';

const NAMES = [
  ...['average', 'avg', 'count', 'current', 'diff', 'first', 'last', 'max', 'median', 'min'],
  ...['p0', 'p75', 'p99.9', 'range', 'rangeOf', 'stddev', 'sum', 'total', 'var'],
];

const VALUES = fc
  .array(fc.option(fc.integer({ min: -1000, max: 1000 }), { nil: Number.NaN, freq: 4 }), {
    minLength: 1,
    maxLength: 60,
  })
  .map((all) => Float64Array.from(all));

function byWindow(name: string, values: Float64Array, width: number): number[] {
  const aggregate = aggregation(name);
  if (aggregate === undefined) throw new Error(`no aggregation ${name}`);
  return Array.from({ length: values.length - width + 1 }, (_, start) => {
    const known = values.slice(start, start + width).filter((value) => !Number.isNaN(value));
    return known.length === 0 ? Number.NaN : aggregate(known, 0, known.length);
  });
}

function moved(name: string, values: Float64Array, width: number): Float64Array {
  const aggregate = movingAggregation(name);
  if (aggregate === undefined) throw new Error(`no moving aggregation ${name}`);
  return aggregate(values, width);
}

describe('movingAggregation', () => {
  for (const name of NAMES)
    it(`${name} is that of each window`, () => {
      fc.assert(
        fc.property(VALUES, fc.nat(), (values, seed) => {
          const width = (seed % values.length) + 1;
          const expected = byWindow(name, values, width);
          const found = moved(name, values, width);
          expect(found.length).to.equal(expected.length);
          found.forEach((value, i) => {
            if (Number.isNaN(expected[i])) expect(value).to.be.NaN;
            else expect(value).to.be.closeTo(expected[i], 1e-7);
          });
        }),
      );
    });

  it('counts what is known', () => {
    fc.assert(
      fc.property(VALUES, fc.nat(), (values, seed) => {
        const width = (seed % values.length) + 1;
        const counts = [...movingCount(values, width)];
        expect(counts).to.deep.equal(
          counts.map((_, start) => countKnown(values, start, start + width)),
        );
      }),
    );
  });

  it('forgets a value that was large', () => {
    const values = Float64Array.of(1e300, 0.1, 0.2, 0.3);
    expect(moved('sum', values, 2)[2]).to.be.closeTo(0.5, 1e-15);
    expect(moved('average', values, 2)[2]).to.be.closeTo(0.25, 1e-15);
  });

  it('is no number where a window has infinite values of both signs, as long as it has them', () => {
    const [above, below] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const width of [3, 40]) {
      const values = Float64Array.of(1, above, below, ...Array(50).fill(2));
      for (const name of ['sum', 'avg', 'stddev']) {
        const found = moved(name, values, width);
        expect([...found.subarray(0, 2)], `${name} ${width}`).to.deep.equal([
          Number.NaN,
          Number.NaN,
        ]);
        expect(found[3], `${name} ${width}`).to.equal({ sum: 2 * width, avg: 2, stddev: 0 }[name]);
      }
      expect(moved('sum', values, width)[2], `${width}`).to.equal(below);
    }
  });

  it('rounds as a sum from the first value on', () => {
    const values = Float64Array.of(8.1, 8.2, 8.4, 0.1, 0.7, 0.2, 1e16, 3.3);
    const sum = [...moved('sum', values, 3)];
    expect(sum).to.deep.equal(byWindow('sum', values, 3));
    expect([...moved('avg', values, 5)]).to.deep.equal(byWindow('avg', values, 5));
  });

  it('does not look at each window anew', () => {
    const values = new Float64Array(200_000).map((_, i) => (i * 7919) % 10_007);
    for (const name of ['sum', 'median', 'stddev', 'max']) {
      const start = performance.now();
      moved(name, values, 100_000);
      expect(performance.now() - start, name).to.be.below(5000);
    }
  });
});
