import { expect } from 'chai';
import { differingReplicas } from '../../../src/query/replica-differences.js';
import type { Series } from '../../../src/query/series.js';

const HOLE = Number.NaN;
const START_S = 1_000;

function series(values: readonly number[], stepS = 10): Series {
  const endS = START_S + values.length * stepS;
  return { name: 'a', startS: START_S, endS, stepS, values: Float64Array.from(values) };
}

function differing(settledS: number, ...replicas: (number[] | undefined)[]): number[] {
  return differingReplicas(
    replicas.map((values) => values && series(values)),
    settledS,
  );
}

describe('differingReplicas', () => {
  it('is nobody where all say the same, or only one says something', () => {
    expect(differing(9999, [1, HOLE, 3], [1, HOLE, 3])).to.deep.equal([]);
    expect(differing(9999, [1, 2])).to.deep.equal([]);
    expect(differing(9999, undefined, undefined)).to.deep.equal([]);
  });

  it('is whoever lacks a point that another has, also all of them', () => {
    expect(differing(9999, [1, HOLE, 3], [1, 2, 3])).to.deep.equal([0]);
    expect(differing(9999, [1, HOLE, 3], [HOLE, 2, 3])).to.deep.equal([0, 1]);
    expect(differing(9999, [1, 2], undefined, [1, 2])).to.deep.equal([1]);
    expect(differing(9999, [HOLE, HOLE], undefined)).to.deep.equal([]);
  });

  it('is all who have a point where values differ', () => {
    expect(differing(9999, [1, 2], [1, 5], [1, 2])).to.deep.equal([0, 1, 2]);
  });

  it('does not look at what has not settled', () => {
    expect(differing(START_S + 20, [1, 2, HOLE], [1, 2, 3])).to.deep.equal([]);
    expect(differing(START_S + 29, [1, 2, HOLE], [1, 2, 3])).to.deep.equal([]);
    expect(differing(START_S + 30, [1, 2, HOLE], [1, 2, 3])).to.deep.equal([0]);
    expect(differing(0, [1], undefined)).to.deep.equal([]);
  });

  it('says nothing of series of other steps', () => {
    expect(differingReplicas([series([1, 2], 10), series([1], 60)], 9999)).to.deep.equal([]);
  });
});
