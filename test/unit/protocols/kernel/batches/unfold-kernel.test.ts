import { expect } from 'chai';
import fc from 'fast-check';
import { UnfoldKernel } from '../../../../../src/protocols/kernel/batches/unfold-kernel.js';
import * as at from '../../../../../src/protocols/kernel/batches/unfold-layout.js';

const kernel = new UnfoldKernel();

interface Folded {
  shared: number[];
  suffixes: string;
}

/** The way there, on names of one byte a character. */
function plainFold(names: readonly string[]): Folded {
  const shared = names.map((name, i) => {
    const before = names[i - 1] ?? '';
    let length = 0;
    while (length < Math.min(name.length, before.length, 255) && name[length] === before[length])
      length++;
    return length;
  });
  return { shared, suffixes: names.map((name, i) => `${name.slice(shared[i])}\n`).join('') };
}

/** The twin of `unfold`. */
function plainUnfold({ shared, suffixes }: Folded): string[] | undefined {
  const rests = suffixes.split('\n');
  if (rests.pop() !== '' || rests.length !== shared.length) return undefined;
  const names: string[] = [];
  for (const [i, rest] of rests.entries()) {
    const before = names[i - 1] ?? '';
    if (shared[i] > before.length || shared[i] + rest.length === 0) return undefined;
    names.push(before.slice(0, shared[i]) + rest);
  }
  return names;
}

function unfold({ shared, suffixes }: Folded): string[] | undefined {
  const names = kernel.unfold({
    shared: Uint8Array.from(shared),
    suffixes: Buffer.from(suffixes, 'latin1'),
  });
  if (names === undefined) return undefined;
  const { bytes, starts, ends } = names;
  return shared.map((_, i) => Buffer.from(bytes.subarray(starts[i], ends[i])).toString('latin1'));
}

const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.', '\xff'), maxLength: 40 });
const name = fc
  .tuple(fc.constantFrom('', 'servers.web1.cpu.user', 'x'.repeat(250)), letters)
  .map((parts) => parts.join(''))
  .filter((text) => text !== '');

describe('UnfoldKernel', () => {
  it('brings back names that were folded', () => {
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 30 }), (names) => {
        expect(unfold(plainFold(names))).to.deep.equal(names);
      }),
      { numRuns: 500 },
    );
  });

  it('unfolds whatever it is given as the plain rule does', () => {
    const suffixes = fc.string({
      unit: fc.constantFrom('a', 'bcd', '\n', 'e'.repeat(20)),
      maxLength: 30,
    });
    const shared = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(shared, suffixes, (counts, text) => {
        const folded = { shared: counts, suffixes: text };
        expect(unfold(folded)).to.deep.equal(plainUnfold(folded));
      }),
      { numRuns: 3000 },
    );
  });

  it('keeps to its memory, however much names share and however long they are', () => {
    const shared = new Array<number>(at.NAMES_MAX).fill(255);
    shared[0] = 0;
    const suffixes = `${'a'.repeat(255)}\n${'\n'.repeat(at.NAMES_MAX - 1)}`;
    expect(unfold({ shared, suffixes })).to.equal(undefined);
    const count = Math.floor((at.NAMES_BYTES - 1000) / 255);
    const some = { shared: shared.slice(0, count), suffixes: suffixes.slice(0, 255 + count) };
    expect(unfold(some)).to.have.length(count);
    const long = 'b'.repeat(at.SUFFIXES_BYTES - 1);
    expect(unfold({ shared: [0], suffixes: `${long}\n` })).to.deep.equal([long]);
    expect(unfold({ shared: [0], suffixes: `${long}b\n` })).to.equal(undefined);
  });
});
