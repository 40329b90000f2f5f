import { expect } from 'chai';
import { NUMBER_BYTES_MAX, numberText } from '../../../../src/protocols/writers/number-text.js';
import { hardDoubles } from '../../../support/doubles.js';

describe('numberText', () => {
  const TEXTS: [number, string][] = [
    [0, '0'],
    [-0, '-0.0'],
    [7, '7'],
    [-42, '-42'],
    [999_999_999, '999999999'],
    [1_000_000_000, '1000000000'],
    [123_456_789_012_345, '123456789012345'],
    [2 ** 53 - 1, '9007199254740991'],
    [2 ** 53, '9007199254740992'],
    [2 ** 63, '9223372036854776000'],
    [0.1, '0.1'],
    [0.3, '0.3'],
    [-12.25, '-12.25'],
    [417.75, '417.75'],
    [0.000001, '0.000001'],
    [1e-7, '1e-7'],
    [0.1 + 0.2, '0.30000000000000004'],
    [1 / 3, '0.3333333333333333'],
    [1e21, '1e+21'],
    [1e300, '1e+300'],
    [5e-324, '5e-324'],
    [-Number.MAX_VALUE, '-1.7976931348623157e+308'],
    [Number.POSITIVE_INFINITY, 'inf'],
    [Number.NEGATIVE_INFINITY, '-inf'],
    [Number.NaN, 'nan'],
  ];
  for (const [value, text] of TEXTS) {
    it(`writes ${value} as ${text}`, () => expect(numberText(value)).to.equal(text));
  }

  it('never takes more bytes than it says', () => {
    expect(numberText(-0.0000010006911362765872)).to.have.length(NUMBER_BYTES_MAX);
    for (const value of hardDoubles()) {
      expect(numberText(value).length).to.be.at.most(NUMBER_BYTES_MAX);
      expect(Object.is(Number(numberText(value)), value)).to.equal(true);
    }
  });
});
