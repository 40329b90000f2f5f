import { expect } from 'chai';
import fc from 'fast-check';
import { knownInto, leastBehind, selected } from '../../../src/query/selection.js';

describe('selected', () => {
  const values = fc.array(
    fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true, noDefaultInfinity: true })),
    { minLength: 1, maxLength: 200 },
  );

  it('is what sorting puts at a place, and what follows it', () => {
    fc.assert(
      fc.property(values, fc.nat(), (list, n) => {
        const place = n % list.length;
        const column = Float64Array.from(list, (value) => value + 0);
        const sorted = column.slice().sort();
        expect(selected(column, column.length, place)).to.equal(sorted[place]);
        if (place + 1 < list.length)
          expect(leastBehind(column, column.length, place)).to.equal(sorted[place + 1]);
        expect([...column].sort((a, b) => a - b)).to.deep.equal([...sorted]);
      }),
      { numRuns: 500 },
    );
  });

  it('takes long columns of one value, and of values in order', () => {
    for (const value of [() => 7, (i: number) => i, (i: number) => -i]) {
      const column = Float64Array.from({ length: 100_000 }, (_, i) => value(i));
      const sorted = column.slice().sort();
      expect(selected(column, column.length, 70_000)).to.equal(sorted[70_000]);
    }
  });

  it('is of the values that are known', () => {
    const into = new Float64Array(4);
    expect(knownInto(into, Float64Array.of(9, Number.NaN, 2, 1, 5), 1, 5)).to.equal(3);
    expect([...into.subarray(0, 3)]).to.deep.equal([2, 1, 5]);
  });
});
