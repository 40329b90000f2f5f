import { expect } from 'chai';
import { floatText, percentF, percentG } from '../../../../src/cli/whisper/text/number-text.js';

describe('numbers as Python prints them', () => {
  it('%f: six decimals, ties to the even digit', () => {
    const texts: [number, string][] = [
      [0, '0.000000'],
      [-0, '-0.000000'],
      [5, '5.000000'],
      [-12, '-12.000000'],
      [0.0078125, '0.007812'],
      [0.0234375, '0.023438'],
      [-0.0078125, '-0.007812'],
      [1e22, '10000000000000000000000.000000'],
      [0.9999999, '1.000000'],
      [1e-7, '0.000000'],
      [-1e-7, '-0.000000'],
      [5e-324, '0.000000'],
      [2 / 3, '0.666667'],
      [Number.NaN, 'nan'],
      [Number.POSITIVE_INFINITY, 'inf'],
      [Number.NEGATIVE_INFINITY, '-inf'],
    ];
    for (const [value, text] of texts) expect(percentF(value)).to.equal(text);
  });

  it('%.3f', () => {
    expect(percentF(0.0625, 3)).to.equal('0.062');
    expect(percentF(0.1875, 3)).to.equal('0.188');
    expect(percentF(1023, 3)).to.equal('1023.000');
  });

  it('%g: six significant digits, the shorter of both forms', () => {
    const texts: [number, string][] = [
      [0, '0'],
      [-0, '-0'],
      [0.5, '0.5'],
      [0.30000001192092896, '0.3'],
      [100000, '100000'],
      [999999.5, '1e+06'],
      [1234565, '1.23456e+06'],
      [0.0001, '0.0001'],
      [0.00001234, '1.234e-05'],
      [1e300, '1e+300'],
      [Number.NaN, 'nan'],
    ];
    for (const [value, text] of texts) expect(percentG(value, 6)).to.equal(text);
  });

  it('%.35g: the exact value', () => {
    const texts: [number, string][] = [
      [0.1, '0.1000000000000000055511151231257827'],
      [5e-324, '4.9406564584124654417656879286822137e-324'],
      [1e22, '10000000000000000000000'],
      [1e23, '99999999999999991611392'],
      [1e300, '1.0000000000000000525047602552044202e+300'],
      [-17.25, '-17.25'],
      [2 ** 53, '9007199254740992'],
    ];
    for (const [value, text] of texts) expect(percentG(value, 35)).to.equal(text);
  });

  it('repr: the shortest digits', () => {
    const values = [1, 0.1, 1e16, 1e-5, -0, Number.NaN, Number.NEGATIVE_INFINITY];
    expect(values.map(floatText)).to.deep.equal([
      '1.0',
      '0.1',
      '1e+16',
      '1e-05',
      '-0.0',
      'nan',
      '-inf',
    ]);
  });
});
