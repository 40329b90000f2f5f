import { expect } from 'chai';
import { BlockInput, type NamesLayout } from '../../../../src/protocols/kernel/block-input.js';
import { PointBlock } from '../../../../src/protocols/points.js';

const LAYOUT: NamesLayout = { pointsMax: 4, inputBytes: 16, inputAt: 64, startsAt: 0, endsAt: 16 };

/** The pieces of a block whose names lie in `text` as the pairs say, each as the names that a kernel would see. */
function pieces(text: string, names: readonly (readonly [start: number, end: number])[]) {
  const block = new PointBlock();
  block.clear(Buffer.from(text));
  for (const [start, end] of names) block.append(start, end, 0, 0, 0);
  const buffer = new ArrayBuffer(128);
  const input = new BlockInput(buffer, LAYOUT);
  const found: string[][] = [];
  for (let from = 0; from < block.count; ) {
    const to = input.load(block, from, block.count);
    expect(to).to.be.above(from);
    const nameAt = (i: number): string =>
      Buffer.from(
        buffer,
        input.starts[i] + input.delta,
        input.ends[i] - input.starts[i],
      ).toString();
    const isCopied = input.nameBytes <= LAYOUT.inputBytes;
    found.push(Array.from({ length: to - from }, (_, i) => (isCopied ? nameAt(i) : 'not copied')));
    from = to;
  }
  return found;
}

/** Names of so many letters each, one behind the other. */
const inOrder = (count: number, letters: number) =>
  Array.from({ length: count }, (_, i) => [i * letters, (i + 1) * letters] as const);

describe('BlockInput', () => {
  it('takes a block that fits as it is', () => {
    expect(pieces('abcdef', inOrder(3, 2))).to.deep.equal([['ab', 'cd', 'ef']]);
  });

  it('cuts a block by its points', () => {
    expect(pieces('abcdef', inOrder(6, 1))).to.deep.equal([
      ['a', 'b', 'c', 'd'],
      ['e', 'f'],
    ]);
  });

  it('cuts a block by what its names take together', () => {
    expect(pieces('aaaaaabbbbbbcccccc', inOrder(3, 6))).to.deep.equal([
      ['aaaaaa', 'bbbbbb'],
      ['cccccc'],
    ]);
  });

  it('takes names in whatever order they lie', () => {
    const text = `xx${'.'.repeat(20)}yyzz`;
    expect(
      pieces(text, [
        [22, 24],
        [24, 26],
        [0, 2],
        [24, 26],
        [22, 24],
      ]),
    ).to.deep.equal([['yy', 'zz'], ['xx'], ['zz', 'yy']]);
  });

  it('leaves a name alone that is too long', () => {
    const text = `a${'b'.repeat(17)}c`;
    expect(
      pieces(text, [
        [0, 1],
        [1, 18],
        [18, 19],
      ]),
    ).to.deep.equal([['a'], ['not copied'], ['c']]);
  });
});
