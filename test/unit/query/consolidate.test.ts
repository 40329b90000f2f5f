import { expect } from 'chai';
import { consolidate, parseMaxDataPoints } from '../../../src/query/consolidate.js';
import { type TimeSeries, timeSeries } from '../../../src/query/time-series.js';

const _ = Number.NaN;

function series(startS: number, stepS: number, ...values: number[]): TimeSeries {
  const endS = startS + stepS * values.length;
  return timeSeries({ name: 'm', startS, endS, stepS, values: Float64Array.from(values) });
}

function points(series: TimeSeries): [number, number][] {
  return Array.from(series.values, (value, i) => [series.startS + i * series.stepS, value]);
}

describe('consolidate', () => {
  it('leaves series alone that are short enough', () => {
    const short = series(60, 60, 1, 2, 3);
    expect(consolidate([short], 3)).to.deep.equal([short]);
  });

  it('averages what is known, on multiples of the new step', () => {
    const [shown] = consolidate([series(180, 60, 1, 2, _, 4, _, _, 7, 8)], 4);
    expect(points(shown)).to.deep.equal([
      [240, 1.5],
      [360, 4],
      [480, _],
      [600, 7.5],
    ]);
    expect(shown.endS).to.equal(shown.startS + shown.stepS * shown.values.length);
  });

  it('drops values before the first multiple of the step', () => {
    const [shown] = consolidate([series(120, 60, 1, 2, 3, 4)], 2);
    expect(points(shown)).to.deep.equal([
      [240, 2.5],
      [360, 4],
    ]);
  });

  it('takes the common window of all series, and the step of each', () => {
    const shown = consolidate([series(120, 60, 1, 2), series(120, 20, ...Array(12).fill(1))], 4);
    expect(shown.map((one) => one.stepS)).to.deep.equal([60, 60]);
  });

  it('puts everything into one point', () => {
    const [shown] = consolidate([series(180, 60, 1, 2, 6)], 1);
    expect(points(shown)).to.deep.equal([[180, 3]]);
  });

  it('gives no value where too few are known', () => {
    const [shown] = consolidate([{ ...series(180, 60, 1, _, 3, 4), xFilesFactor: 0.6 }], 2);
    expect(points(shown)).to.deep.equal([
      [240, _],
      [360, 3.5],
    ]);
  });

  it('takes a last group that is not full for one that lacks values', () => {
    const [shown] = consolidate([{ ...series(180, 60, 1, 1, 3, 4, 5), xFilesFactor: 0.6 }], 3);
    expect([...shown.values]).to.deep.equal([1, 3.5, _]);
  });

  it('has nothing to do where there is nothing', () => {
    expect(consolidate([], 5)).to.deep.equal([]);
    expect(consolidate([], 1)).to.deep.equal([]);
    expect(points(consolidate([series(60, 60)], 1)[0])).to.deep.equal([]);
  });
});

describe('parseMaxDataPoints', () => {
  it('takes digits and ignores the rest', () => {
    expect(parseMaxDataPoints('300')).to.equal(300);
    expect(parseMaxDataPoints('0')).to.equal(0);
    for (const text of [undefined, '', 'abc', '-1', '1.5'])
      expect(parseMaxDataPoints(text)).to.equal(undefined);
  });
});
