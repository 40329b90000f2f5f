import { expect } from 'chai';
import fc from 'fast-check';
import {
  CARBON_HASHES,
  CRELAY_HASHES,
  type NameHash,
} from '../../../../src/routing/hashes/name-hash.js';
import { positionColumn } from '../../../../src/routing/hashes/position-column.js';
import { blockOf, type NamedPoint } from '../../../support/fake-points.js';

const HASHES = {
  MD5: CARBON_HASHES.carbon_ch,
  'FNV-1a': CARBON_HASHES.fnv1a_ch,
  'FNV-1a of signed chars': CRELAY_HASHES.fnv1a_ch,
};

const name = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme-ascii', maxLength: 300 }) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(0, 54, 55, 56, 63, 64, 65, 119, 120, 4_096, 4_097)
      .map((n) => 'n'.repeat(n)),
  },
);

for (const [title, hash] of Object.entries(HASHES)) {
  describe(`a column of positions by ${title}`, () => {
    it('holds what the hash of each name is', () => {
      fc.assert(
        fc.property(fc.array(name, { maxLength: 40 }), fc.nat(5), (names, from) => {
          const block = blockOf(names.map((text): NamedPoint => [text, 1, 1]));
          const begin = Math.min(from, block.count);
          const column = new Uint16Array(block.count - begin + 1).fill(7);
          positionColumn(hash, block, begin, block.count, column);
          const one = (i: number): number =>
            hash(block.bytes, block.nameStart[i], block.nameEnd[i]);
          const wanted = names.map((_, i) => one(i)).slice(begin);
          expect([...column]).to.deep.equal([...wanted, 7]);
        }),
        { numRuns: 500 },
      );
    });

    it('takes more names, and more bytes of them, than go into one call', () => {
      for (const length of [3, 900]) {
        const block = blockOf(
          Array.from(
            { length: 5_000 },
            (_, i): NamedPoint => [`${i}`.repeat(1 + (i % length)), 1, 1],
          ),
        );
        const column = new Uint16Array(block.count);
        positionColumn(hash, block, 0, block.count, column);
        const one = (i: number): number => hash(block.bytes, block.nameStart[i], block.nameEnd[i]);
        expect([...column]).to.deep.equal(Array.from({ length: block.count }, (_, i) => one(i)));
      }
    });

    it('holds the same again, in whatever order names come the next time', () => {
      const names = Array.from({ length: 3_000 }, (_, i) => `${'n'.repeat(i % 50)}${i}`);
      const turned = [...names].reverse();
      const mixed = names.map((_, i) => names[(i * 7) % names.length]);
      // Names that begin as a known one does, or that a known one begins with.
      const others = names.map((text, i) => (i % 2 === 0 ? `${text}x` : text.slice(0, -1)));
      for (const round of [names, names, turned, mixed, others, names])
        expect(columnOf(hash, round)).to.deep.equal(hashed(hash, round));
    });
  });
}

describe('positions that are kept', () => {
  const hash = CARBON_HASHES.fnv1a_ch;

  it('are right when more names come than there is room for, and when none comes twice', () => {
    const count = 20_000;
    const block = blockOf(new Array(count).fill(['n'.repeat(60), 1, 1]));
    const column = new Uint16Array(count);
    // Room is for a million; after four millions that come once there is a pause.
    for (let next = 0; next < 5_000_000; ) {
      for (let i = 0; i < count; i++) writeDigits(block.bytes, block.nameEnd[i], next++);
      positionColumn(hash, block, 0, count, column);
      for (let i = 0; i < count; i += 500)
        expect(column[i]).to.equal(hash(block.bytes, block.nameStart[i], block.nameEnd[i]));
    }
  });
});

function writeDigits(bytes: Uint8Array, end: number, number: number): void {
  for (let p = end - 1, left = number; left > 0; p--, left = Math.floor(left / 10))
    bytes[p] = 0x30 + (left % 10);
}

function columnOf(hash: NameHash, names: readonly string[]): number[] {
  const block = blockOf(names.map((text): NamedPoint => [text, 1, 1]));
  const column = new Uint16Array(block.count);
  positionColumn(hash, block, 0, block.count, column);
  return [...column];
}

function hashed(hash: NameHash, names: readonly string[]): number[] {
  return names.map((text) => hash(Buffer.from(text), 0, Buffer.byteLength(text)));
}
