import { expect } from 'chai';
import fc from 'fast-check';
import { TextCopy } from '../../../src/protocols/text-copy.js';

describe('TextCopy', () => {
  it('copies any text, from anywhere to anywhere, and nothing beside it', () => {
    const copy = new TextCopy();
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 60 }),
        fc.nat({ max: 9 }),
        fc.nat({ max: 9 }),
        (text, before, at) => {
          const bytes = Buffer.concat([
            Buffer.alloc(before, 0xee),
            Buffer.from(text),
            Buffer.alloc(3),
          ]);
          const end = before + Buffer.byteLength(text);
          const into = Buffer.alloc(at + Buffer.byteLength(text) + 8, 0xdd);
          copy.target(into);
          const behind = copy.copy(bytes, before, end, at);
          expect(behind).to.equal(at + Buffer.byteLength(text));
          expect(into.subarray(at, behind).toString()).to.equal(Buffer.from(text).toString());
          expect([...into.subarray(0, at), ...into.subarray(behind)]).to.deep.equal(
            new Array(at + 8).fill(0xdd),
          );
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
