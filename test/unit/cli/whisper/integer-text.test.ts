import { expect } from 'chai';
import { integerOf, optionIntegerOf } from '../../../../src/cli/whisper/text/integer-text.js';

describe('integers as Python reads them', () => {
  it('int()', () => {
    const texts = ['17', ' -5\n', '+3', '1_000', '007', '', '1.5', '0x10', '1__0', '_1', 'x'];
    expect(texts.map(integerOf)).to.deep.equal([
      17,
      -5,
      3,
      1000,
      7,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('an option', () => {
    const texts = ['17', '-100', '0x1F', '0b101', '010', '0', '08', '0xZ', '1e3', ''];
    expect(texts.map(optionIntegerOf)).to.deep.equal([
      17,
      -100,
      31,
      5,
      8,
      0,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
