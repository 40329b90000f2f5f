import { expect } from 'chai';
import fc from 'fast-check';
import { NUMBER_BYTES_MAX, writeNumber } from '../../../../src/protocols/writers/number-text.js';

const buffer = new Uint8Array(NUMBER_BYTES_MAX);

function textOf(value: number): string {
  return Buffer.from(buffer.subarray(0, writeNumber(buffer, 0, value))).toString();
}

describe('writeNumber', () => {
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
    it(`writes ${value} as ${text}`, () => expect(textOf(value)).to.equal(text));
  }

  it('is read back to the bit', () => {
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
    const decimal = fc
      .tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 20 }))
      .map(([mantissa, decimals]) => Number(`${mantissa}e-${decimals}`));
    fc.assert(
      fc.property(fc.oneof(finite, decimal, fc.integer()), (value) =>
        Object.is(Number(textOf(value)), value),
      ),
      { numRuns: 3_000 },
    );
  });

  it('never takes more digits than are needed', () => {
    const short = fc
      .tuple(fc.integer({ min: -(10 ** 9), max: 10 ** 9 }), fc.integer({ min: 0, max: 6 }))
      .map(([mantissa, decimals]) => mantissa / 10 ** decimals);
    fc.assert(
      fc.property(short, (value) => {
        const wanted = Math.abs(value) < 1e-6 && value !== 0 ? textOf(value) : String(value);
        expect(textOf(value)).to.equal(Object.is(value, -0) ? '-0.0' : wanted);
      }),
      { numRuns: 3_000 },
    );
  });
});
