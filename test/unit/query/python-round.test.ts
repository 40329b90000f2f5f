import { expect } from 'chai';
import { pythonRound } from '../../../src/query/python-round.js';

describe('pythonRound', () => {
  it('rounds as Python does, by the exact value, a half to the even side', () => {
    const wanted: [value: number, digits: number, rounded: number][] = [
      [0.5, 0, 0],
      [1.5, 0, 2],
      [2.5, 0, 2],
      [2.675, 2, 2.67],
      [0.125, 2, 0.12],
      [0.375, 2, 0.38],
      [1.005, 2, 1],
      [1234.5678, 1, 1234.6],
      [1e15 + 0.5, 0, 1e15],
      [0.1, 30, 0.1],
      [1e22, 3, 1e22],
      [15, -1, 20],
      [25, -1, 20],
      [-35, -1, -40],
      [4, -1, 0],
      [1234567.891, -3, 1235000],
      [12, -400, 0],
      [Number.POSITIVE_INFINITY, 1, Number.POSITIVE_INFINITY],
    ];
    for (const [value, digits, rounded] of wanted)
      expect(pythonRound(value, digits), `${value} to ${digits}`).to.equal(rounded);
  });
});
