import { expect } from 'chai';
import {
  formatD,
  formatE,
  formatF,
  formatG,
  formatNumber,
} from '../../../src/query/python-format.js';

describe('formatG', () => {
  it("writes what Python's %g writes", () => {
    const wanted: [number, string][] = [
      [2, '2'],
      [0, '0'],
      [-0.5, '-0.5'],
      [123456789, '1.23457e+08'],
      [1234567, '1.23457e+06'],
      [123456, '123456'],
      [0.0001, '0.0001'],
      [0.00001234567, '1.23457e-05'],
      [999999.5, '1e+06'],
      [1234565, '1.23456e+06'],
      [100000.5, '100000'],
      [1e100, '1e+100'],
      [Number.POSITIVE_INFINITY, 'inf'],
      [Number.NEGATIVE_INFINITY, '-inf'],
      [Number.NaN, 'nan'],
    ];
    for (const [value, text] of wanted) expect(formatG(value)).to.equal(text);
  });
});

describe('formatF', () => {
  it('takes a half to the even side, and never writes an exponent', () => {
    const shown = [0.125, -0.001, 1e22, -0, 0.375].map((value) => formatF(value, 2));
    expect(shown).to.deep.equal(['0.12', '-0.00', '10000000000000000000000.00', '-0.00', '0.38']);
    expect([formatF(2.5, 0), formatF(3.5, 0)]).to.deep.equal(['2', '4']);
  });
});

describe('formatE', () => {
  it('has two digits of exponent, and takes a half to the even side', () => {
    expect([formatE(2.25, 1), formatE(1.0005, 3), formatE(-0)]).to.deep.equal([
      '2.2e+00',
      '1.000e+00',
      '-0.000000e+00',
    ]);
  });
});

describe('formatD', () => {
  it('cuts at the point, without an exponent', () => {
    expect([formatD(-2.75), formatD(5), formatD(1e21)]).to.deep.equal([
      '-2',
      '5',
      '1000000000000000000000',
    ]);
  });
});

describe('formatNumber', () => {
  it('tells integers from floats', () => {
    expect([formatNumber(5, true), formatNumber(5, false)]).to.deep.equal(['5', '5.0']);
  });
});
