import { createHash } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { md5Prefix } from '../../../../src/routing/hashes/md5.js';

describe('the first bits of MD5', () => {
  it('are those of node:crypto, for names of any length at any place of a buffer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(5), (name, offset) => {
        const bytes = new Uint8Array(name.length + 2 * offset).fill(7);
        bytes.set(name, offset);
        const digest = createHash('md5').update(name).digest();
        expect(md5Prefix(bytes, offset, offset + name.length)).to.equal(digest.readUInt16BE(0));
      }),
    );
  });

  it('are right where the length just fits into a block and just does not', () => {
    for (const length of [0, 54, 55, 56, 57, 63, 64, 65, 119, 120, 128]) {
      const name = Buffer.alloc(length, 'x');
      const digest = createHash('md5').update(name).digest();
      expect(md5Prefix(name, 0, length), String(length)).to.equal(digest.readUInt16BE(0));
    }
  });
});
