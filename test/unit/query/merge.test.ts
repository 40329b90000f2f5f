import { expect } from 'chai';
import { mergeReplicas, overlay, overlayRolledUp } from '../../../src/query/merge.js';
import type { Series } from '../../../src/query/series.js';

const _ = Number.NaN;

function series(startS: number, stepS: number, ...values: number[]): Series {
  const endS = startS + stepS * values.length;
  return { name: 'm', startS, endS, stepS, values: Float64Array.from(values) };
}

function shape({ startS, endS, stepS, values }: Series): unknown {
  return { startS, endS, stepS, values: [...values] };
}

describe('mergeReplicas', () => {
  it('takes the first replica where it has a point, the others where it has none', () => {
    const merged = mergeReplicas([series(60, 60, 1, _, 3, _), series(60, 60, 9, 2, 9, _)]);
    expect([...merged.series.values]).to.deep.equal([1, 2, 3, _]);
    expect(merged.filledPoints).to.equal(1);
  });

  it('leaves its sources as they are', () => {
    const sources = [series(60, 60, 1, _), series(60, 60, _, 2)];
    mergeReplicas(sources);
    expect([...sources[0].values]).to.deep.equal([1, _]);
  });

  it('covers all windows', () => {
    const merged = mergeReplicas([
      series(120, 60, 1, 2),
      series(60, 60, 8, 9),
      series(180, 60, 7, 3),
    ]);
    expect(shape(merged.series)).to.deep.equal(shape(series(60, 60, 8, 1, 2, 3)));
    expect(merged.filledPoints).to.equal(2);
  });

  it('prefers the finer step whatever its place, and shows a coarser value once', () => {
    const merged = mergeReplicas([series(0, 60, 100, 200), series(0, 20, 1, _, 3, _, 5, 6)]);
    expect(shape(merged.series)).to.deep.equal(shape(series(0, 20, 1, _, 3, 200, 5, 6)));
    expect(merged.filledPoints).to.equal(1);
  });

  it('puts points of steps that do not fit on the grid into the step they fall in', () => {
    const merged = mergeReplicas([series(100, 50, _, 2), series(90, 90, 7, 8)]);
    expect(shape(merged.series)).to.deep.equal(shape(series(50, 50, 7, _, 2, _, _)));
  });
});

describe('overlay', () => {
  const put = (target: Series, points: [number, number][]) =>
    overlay(
      target,
      Float64Array.from(points, ([timestamp]) => timestamp),
      Float64Array.from(points, ([, value]) => value),
      points.length,
    );

  it('gives each step the last of its points', () => {
    const target = series(60, 60, 1, 2, _);
    put(target, [
      [130, 5],
      [120.5, 6],
      [180, 7],
    ]);
    expect([...target.values]).to.deep.equal([1, 6, 7]);
  });

  it('drops points outside of the window', () => {
    const target = series(60, 60, 1, 2);
    put(target, [
      [59.9, 5],
      [180, 6],
    ]);
    expect([...target.values]).to.deep.equal([1, 2]);
  });
});

describe('overlayRolledUp', () => {
  it('aggregates the last point of each of the finest steps', () => {
    const target = series(0, 300, 50, 60);
    const timestamps = Float64Array.from([361, 310, 365, 700]);
    const values = Float64Array.from([1, 10, 2, 99]);
    const sum = (points: readonly number[]) => points.reduce((total, value) => total + value);
    overlayRolledUp(target, timestamps, values, 4, 60, sum);
    expect([...target.values]).to.deep.equal([50, 12]);
  });
});
