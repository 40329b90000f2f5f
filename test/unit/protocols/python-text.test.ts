import { expect } from 'chai';
import { blankLength, lineBreakLength, pythonFloat } from '../../../src/protocols/python-text.js';

/** All code points that are encodable, as text. */
function* characters(): Generator<[number, string]> {
  for (let code = 0; code < 0x110000; code++)
    if (code < 0xd800 || code > 0xdfff) yield [code, String.fromCodePoint(code)];
}

function codesWhere(length: (bytes: Uint8Array, p: number) => number): number[] {
  const codes: number[] = [];
  for (const [code, text] of characters()) {
    const bytes = Buffer.from(text);
    const found = length(bytes, 0);
    if (found > 0) {
      expect(found).to.equal(bytes.length);
      codes.push(code);
    }
  }
  return codes;
}

describe("Python's text rules", () => {
  it('knows every character of str.isspace', () => {
    expect(codesWhere(blankLength)).to.deep.equal([
      9, 10, 11, 12, 13, 28, 29, 30, 31, 32, 0x85, 0xa0, 0x1680, 0x2000, 0x2001, 0x2002, 0x2003,
      0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200a, 0x2028, 0x2029, 0x202f, 0x205f,
      0x3000,
    ]);
  });

  it('knows every line break of str.splitlines', () => {
    expect(codesWhere(lineBreakLength)).to.deep.equal([
      10, 11, 12, 13, 28, 29, 30, 0x85, 0x2028, 0x2029,
    ]);
    expect(lineBreakLength(Buffer.from('\r\n'), 0)).to.equal(2);
  });

  const taken: [string, number][] = [
    [' 1\n', 1],
    ['\u00a01\u3000', 1],
    ['1_0.2_5e1_0', 10.25e10],
    ['\u0661_\u0662', 12],
    ['\u{1d7d8}\u{1d7ff}', 9],
    ['1E\uff15', 1e5],
    ['+.5', 0.5],
    ['-5.e3', -5000],
    ['iNfInItY', Number.POSITIVE_INFINITY],
    ['-inf', Number.NEGATIVE_INFINITY],
    ['-nan', Number.NaN],
    ['1e400', Number.POSITIVE_INFINITY],
    ['0e99999999999999999999', 0],
  ];
  for (const [text, value] of taken)
    it(`float takes ${JSON.stringify(text)}`, () => expect(pythonFloat(text)).to.deep.equal(value));

  const refused = ['', ' ', '\x1c1', '\u06631\x1c', '1__0', '_1', '1_', '1_.5', '1._5', '1e_1'];
  refused.push(
    '+_1',
    'in_f',
    'nan_',
    'nan(1)',
    '1\0',
    '0x1',
    '1 1',
    '1,5',
    '\u22121',
    '\uff11\uff0e5',
  );
  for (const text of refused)
    it(`float refuses ${JSON.stringify(text)}`, () =>
      expect(pythonFloat(text)).to.equal(undefined));
});
