import { expect } from 'chai';
import { aggregation } from '../../../src/query/aggregation.js';

const _ = Number.NaN;
const [more, less] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

function of(name: string, ...values: number[]): number {
  return aggregation(name)!(Float64Array.from(values), 0, values.length);
}

describe('an aggregation', () => {
  it('leaves out nulls, and is null where nothing is known', () => {
    expect(of('sum', _, 1, _, 2)).to.equal(3);
    expect(of('avg', _, 1, _, 2)).to.equal(1.5);
    expect(of('avg_zero', _, 1, _, 3)).to.equal(1);
    expect(of('avg_zero', _, _)).to.equal(0);
    expect(of('diff', _, 5, 1, _, 2)).to.equal(2);
    for (const name of ['sum', 'avg', 'diff', 'max', 'last'])
      expect(of(name, _, _), name).to.deep.equal(_);
  });

  it('never begins anew behind infinite values of both signs', () => {
    for (const name of ['sum', 'avg', 'avg_zero', 'stddev'])
      expect(of(name, 1, more, less, 5), name).to.deep.equal(_);
    expect(of('diff', more, more, 5)).to.deep.equal(_);
    expect(of('sum', 1, more, 5)).to.equal(more);
    expect(of('max', 1, more, less, 5)).to.equal(more);
  });
});
