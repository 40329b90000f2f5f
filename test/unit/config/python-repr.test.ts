import { expect } from 'chai';
import { pythonRepr } from '../../../src/config/python-repr.js';

describe('pythonRepr', () => {
  for (const [text, repr] of [
    ['a b', "'a b'"],
    ["o'brien", '"o\'brien"'],
    ['o\'b"', "'o\\'b\"'"],
    ['a\\b\n\x01', "'a\\\\b\\n\\x01'"],
    ['größe\u00a0\u2028\u{e0001}', "'größe\\xa0\\u2028\\U000e0001'"],
  ]) {
    it(repr, () => {
      expect(pythonRepr(text)).to.equal(repr);
    });
  }
});
