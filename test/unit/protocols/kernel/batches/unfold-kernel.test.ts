import { expect } from 'chai';
import fc from 'fast-check';
import { type FoldedNames, NUMBERS_MAX } from '../../../../../src/protocols/folded-batch.js';
import { UnfoldKernel } from '../../../../../src/protocols/kernel/batches/unfold-kernel.js';
import * as at from '../../../../../src/protocols/kernel/batches/unfold-layout.js';
import { PlainDictionary } from '../../../../support/plain-dictionary.js';

const kernel = new UnfoldKernel();

function fold(names: readonly string[]): FoldedNames {
  const dictionary = new PlainDictionary();
  for (const name of names) dictionary.append(Buffer.from(name));
  return dictionary.folded();
}

/** The twin of the kernel, as `docs/formats/batch.md` says it. */
function plainUnfold({ shared, names: folded }: FoldedNames): string[] | undefined {
  const left = [...folded];
  const known: Buffer[] = [];
  const take = (): Buffer | undefined => {
    const number = left.shift() ?? NUMBERS_MAX;
    if (number < 240) return known[number];
    if (number < 255) return known[240 + (number - 240) * 256 + (left.shift() ?? NUMBERS_MAX)];
    const bytes = (left[0] ?? 0) % 128;
    if (bytes === 0 || left.length <= bytes) return undefined;
    const node = Buffer.from(left.splice(0, bytes + 1));
    if (known.length < NUMBERS_MAX) known.push(node);
    return node;
  };
  let before: Buffer = Buffer.alloc(0);
  const names: string[] = [];
  for (const bytes of shared) {
    if (bytes > before.length) return undefined;
    const parts = [before.subarray(0, bytes)];
    for (let endsName = false; !endsName; ) {
      const node = take();
      if (node === undefined) return undefined;
      parts.push(node.subarray(1));
      endsName = node[0] >= 128;
    }
    before = Buffer.concat(parts);
    names.push(before.toString('latin1'));
  }
  return left.length > 0 ? undefined : names;
}

function unfold(folded: FoldedNames, encoding: 'latin1' | 'utf8' = 'latin1') {
  const names = kernel.unfold(folded);
  if (names === undefined) return undefined;
  const { bytes, starts, ends } = names;
  return [...folded.shared].map((_, i) =>
    Buffer.from(bytes.subarray(starts[i], ends[i])).toString(encoding),
  );
}

const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.', ';', '=', 'ü'), maxLength: 40 });
const name = fc
  .tuple(fc.constantFrom('', 'servers.web1.cpu.', 'x'.repeat(250)), letters)
  .map((parts) => parts.join(''))
  .filter((text) => text !== '');

describe('UnfoldKernel', () => {
  it('brings back names that were folded', () => {
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 30 }), (names) => {
        expect(unfold(fold(names), 'utf8')).to.deep.equal(names);
      }),
      { numRuns: 500 },
    );
  });

  it('unfolds whatever it is given as the plain rule does', () => {
    const text = (bytes: number) => fc.nat(99).map((byte) => new Array<number>(bytes).fill(byte));
    const node = fc
      .tuple(fc.boolean(), fc.integer({ min: 1, max: 40 }))
      .chain(([ends, bytes]) => text(bytes).map((all) => [255, bytes + (ends ? 128 : 0), ...all]));
    const known = fc.oneof({ weight: 19, arbitrary: fc.nat(3) }, fc.nat(255));
    const names = fc
      .array(
        fc.oneof(
          { weight: 2, arbitrary: node },
          known.map((number) => [number]),
        ),
        {
          maxLength: 12,
        },
      )
      .map((all) => Uint8Array.from(all.flat()));
    const shared = fc
      .array(fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.nat(40)), {
        minLength: 1,
        maxLength: 6,
      })
      .map((all) => Uint8Array.from(all));
    let unfolded = 0;
    fc.assert(
      fc.property(fc.record({ shared, names }), (folded) => {
        const plain = plainUnfold(folded);
        if (plain !== undefined) unfolded++;
        expect(unfold(folded)).to.deep.equal(plain);
      }),
      { numRuns: 10_000 },
    );
    expect(unfolded).to.be.above(100);
  });

  it('has numbers of two bytes, and nodes that have none', () => {
    const names = Array.from({ length: NUMBERS_MAX + 100 }, (_, i) => `node${i}`);
    const folded = fold([...names, ...names]);
    expect(folded.names.at(-1)).to.not.equal(undefined);
    expect(unfold(folded)).to.deep.equal([...names, ...names]);
    expect(unfold(folded)).to.deep.equal(plainUnfold(folded));
  });

  it('keeps to its memory, however much names share and however long they are', () => {
    const [more, last] = [
      [255, 127, ...new Array(127).fill(97)],
      [255, 255, ...new Array(127).fill(98)],
    ];
    const repeated = (count: number) => ({
      shared: new Uint8Array(count).fill(255, 1),
      names: Buffer.concat([Buffer.from([...more, 0, ...last]), Buffer.alloc(count - 1, 1)]),
    });
    expect(unfold(repeated(at.NAMES_MAX))).to.equal(undefined);
    const count = Math.floor(at.NAMES_BYTES / 382);
    expect(unfold(repeated(count))).to.have.length(count);
    expect(unfold(repeated(count + 2))).to.equal(undefined);
    const one = (nodes: number) => ({
      shared: Uint8Array.of(0),
      names: Buffer.concat([Buffer.from(more), Buffer.alloc(nodes - 2), Buffer.from(last)]),
    });
    const most = Math.floor(at.NAMES_BYTES / 127);
    expect(unfold(one(most))?.[0]).to.have.length(127 * most);
    expect(unfold(one(most + 1))).to.equal(undefined);
    expect(unfold(one(at.FOLDED_BYTES - 300))).to.equal(undefined);
    expect(unfold(one(at.FOLDED_BYTES))).to.equal(undefined);
  });
});
