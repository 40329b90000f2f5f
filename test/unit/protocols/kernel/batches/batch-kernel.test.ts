import { expect } from 'chai';
import fc from 'fast-check';
import { type OpenBatch, pointBytesMax } from '../../../../../src/protocols/folded-batch.js';
import { BatchKernel } from '../../../../../src/protocols/kernel/batches/batch-kernel.js';
import type { PointBlock } from '../../../../../src/protocols/points.js';
import { BatchBuilder } from '../../../../support/batch-builder.js';
import { blockOf, type NamedPoint, pointsIn } from '../../../../support/fake-points.js';
import { Random } from '../../../../support/random.js';

const SHARDS = 5;

/** Shards by the first byte of the name. */
function shardOf({ bytes, nameStart }: PointBlock, i: number): number {
  return bytes[nameStart[i]] % SHARDS;
}

/** What is in an open batch, if anything is. */
function last(batch: OpenBatch): Uint8Array[] {
  return batch.count > 0 ? [batch.seal()] : [];
}

function start(batchBytes: number, nameBytesMax: number, namesMax = 2 ** 16) {
  const refused: string[] = [];
  const sealed: Uint8Array[][] = Array.from({ length: SHARDS }, () => []);
  const kernel = new BatchKernel(
    { shardCount: SHARDS, batchBytes, nameBytesMax, namesMax },
    {
      choose: (block, from, to, shards) => {
        for (let i = from; i < to; i++) shards[i - from] = shardOf(block, i);
      },
      full: (shard) => sealed[shard].push(kernel.batches[shard].seal()),
      refused: (_reason, block, i) => refused.push(block.name(i)),
    },
  );
  return {
    kernel,
    refused,
    /** All batches so far, the open ones at the end. */
    batches: () => sealed.map((before, shard) => [...before, ...last(kernel.batches[shard])]),
  };
}

/** What point after point into its twin gives. */
function byTwin(block: PointBlock, batchBytes: number, nameBytesMax: number): Uint8Array[][] {
  const builders = Array.from({ length: SHARDS }, () => new BatchBuilder(batchBytes));
  const sealed: Uint8Array[][] = Array.from({ length: SHARDS }, () => []);
  for (let i = 0; i < block.count; i++) {
    const [from, to] = [block.nameStart[i], block.nameEnd[i]];
    if (to - from > nameBytesMax) continue;
    const shard = shardOf(block, i);
    const append = () =>
      builders[shard].append(block.bytes, from, to, block.timestamps[i], block.values[i]);
    if (append()) continue;
    sealed[shard].push(builders[shard].seal());
    append();
  }
  return sealed.map((before, shard) => [...before, ...last(builders[shard])]);
}

function numbered(count: number, nameLength: (i: number) => number): NamedPoint[] {
  return Array.from({ length: count }, (_, i) => [
    String.fromCharCode(97 + (i % 26)).repeat(nameLength(i)),
    i,
    i / 8,
  ]);
}

describe('BatchKernel', () => {
  it('makes the batches that its twin makes', () => {
    const name = fc.string({
      unit: fc.constantFrom('a', 'b', 'é', '.', ';', '=', '7', 'servers.web1.cpu'),
      minLength: 1,
      maxLength: 20,
    });
    const seconds = (most: number) => fc.integer({ min: 1_700_000_000, max: 1_700_000_000 + most });
    const odd = fc.constantFrom(0, 1, -1, 2 ** 53 - 1, 2 ** 53, Number.POSITIVE_INFINITY);
    const times = [seconds(0), seconds(200), seconds(300), seconds(70_000), odd, fc.double()];
    const values = [fc.float(), fc.integer(), fc.double()];
    // Numbers of one kind in each block, so that there are batches that have nothing else.
    const points = fc.oneof(
      ...times.flatMap((time) =>
        values.map((value) => fc.array(fc.tuple(name, time, value), { maxLength: 80 })),
      ),
    ) as fc.Arbitrary<NamedPoint[]>;
    fc.assert(
      fc.property(
        fc.array(points, { maxLength: 3 }),
        fc.integer({ min: pointBytesMax(50), max: 1_000 }),
        (blocks, batchBytes) => {
          const { kernel, batches, refused } = start(batchBytes, 50, 2 ** 12);
          for (const block of blocks) kernel.append(blockOf(block));
          const all = blockOf(blocks.flat());
          expect(batches()).to.deep.equal(byTwin(all, batchBytes, 50));
          expect(refused).to.deep.equal(
            blocks
              .flat()
              .map(([text]) => text)
              .filter((text) => Buffer.byteLength(text) > 50),
          );
        },
      ),
      { numRuns: 600 },
    );
  });

  it('cuts names into nodes as its twin does, of whatever length', () => {
    const piece = fc
      .tuple(
        fc.constantFrom('a', 'b'),
        fc.oneof(fc.nat(18), fc.integer({ min: 24, max: 40 }), fc.nat(140)),
      )
      .map(([letter, length]) => letter.repeat(length));
    const name = fc
      .array(fc.tuple(piece, fc.constantFrom('.', ';', '=', '', '..')), {
        minLength: 1,
        maxLength: 5,
      })
      .map((pieces) => pieces.flat().join('') || '.');
    fc.assert(
      fc.property(fc.array(name, { maxLength: 12 }), (names) => {
        const { kernel, batches } = start(4_000, 800, 2 ** 12);
        const block = blockOf(names.map((text, i): NamedPoint => [text, i, i]));
        kernel.append(block);
        expect(batches()).to.deep.equal(byTwin(block, 4_000, 800));
      }),
      { numRuns: 300 },
    );
  });

  it('folds more nodes than there are numbers, and than its table has room for', () => {
    const random = new Random(1);
    const points = Array.from({ length: 30_000 }, (_, i): NamedPoint => {
      const known = random.int(0, 99);
      return [
        `a${known}.${random
          .int(0, 2 ** 30)
          .toString(36)
          .repeat(2)}.b${known}`,
        i,
        i,
      ];
    });
    const { kernel, batches } = start(400_000, 4_000);
    kernel.append(blockOf(points));
    const byName = (a: NamedPoint, b: NamedPoint): number => a[1] - b[1];
    expect(batches().flat().flatMap(pointsIn).sort(byName)).to.deep.equal(points);
  });

  it('forgets all names when there are too many, and no point of them', () => {
    const random = new Random(2);
    const { kernel, batches } = start(20_000, 4_000, 2 ** 10);
    const points = Array.from({ length: 20_000 }, (_, i): NamedPoint => {
      const host = random.int(0, 9 + Math.floor(i / 10));
      return [`servers.host${host}.plugin.${'x'.repeat(random.int(1, 90))}`, i, i];
    });
    for (let i = 0; i < points.length; i += 500) kernel.append(blockOf(points.slice(i, i + 500)));
    const stored = batches().map((sealed) => sealed.flatMap(pointsIn));
    expect(stored.flat()).to.deep.equal(points);
  });

  it('folds names that are known together with names that are not', () => {
    const names = (i: number): string =>
      i % 3 === 0
        ? `servers.web${i % 7}.${'long'.repeat(300)}.${i % 5}`
        : `servers.web${i % 7}.cpu`;
    const block = blockOf(Array.from({ length: 500 }, (_, i): NamedPoint => [names(i), i, i]));
    const { kernel, batches } = start(100_000, 4_000);
    kernel.append(block);
    expect(batches()).to.deep.equal(byTwin(block, 100_000, 4_000));
  });

  it('takes blocks with more points or more bytes of names than go into one call', () => {
    for (const points of [numbered(7_000, () => 3), numbered(1_500, (i) => 1 + (i % 900))]) {
      const { kernel, batches } = start(100_000, 4_000);
      const block = blockOf(points);
      kernel.append(block);
      expect(batches()).to.deep.equal(byTwin(block, 100_000, 4_000));
    }
  });

  it('takes names in any order of a long block', () => {
    const block = blockOf(numbered(1_500, (i) => 1 + (i % 900)));
    for (let i = 0; i < block.count; i += 2) {
      const other = block.count - 1 - i;
      [block.nameStart[i], block.nameStart[other]] = [block.nameStart[other], block.nameStart[i]];
      [block.nameEnd[i], block.nameEnd[other]] = [block.nameEnd[other], block.nameEnd[i]];
    }
    const { kernel, batches } = start(100_000, 4_000);
    kernel.append(block);
    expect(batches()).to.deep.equal(byTwin(block, 100_000, 4_000));
  });

  it('leaves out a name that is longer than one call can take', () => {
    const { kernel, batches, refused } = start(20_000, 4_000);
    kernel.append(
      blockOf([
        ['a', 1, 1],
        ['b'.repeat(300_000), 2, 2],
        ['c', 3, 3],
        ['d'.repeat(4_001), 4, 4],
        ['e'.repeat(4_000), 5, 5],
      ]),
    );
    expect(refused.map((name) => name.length)).to.deep.equal([300_000, 4_001]);
    const names = batches()
      .flat()
      .flatMap(pointsIn)
      .map(([name]) => name[0]);
    expect(names.sort()).to.deep.equal(['a', 'c', 'e']);
  });

  it('leaves out names that are empty or have a newline, and nothing else with them', () => {
    const long = 'servers.web1.cpu.'.repeat(5);
    for (const odd of ['', '\n', 'a\nb', `${long}\n`, `${long}\n${long}`, `\n${long}`]) {
      const { kernel, batches, refused } = start(10_000, 4_000);
      const names = [long, odd, `${long}x`, odd, `${long}\r`];
      kernel.append(blockOf(names.map((name, i): NamedPoint => [name, i, i])));
      expect(refused).to.deep.equal([odd, odd]);
      const kept = batches().flat().flatMap(pointsIn);
      expect(kept.map(([name]) => name).sort()).to.deep.equal([long, `${long}\r`, `${long}x`]);
    }
  });

  it('counts the points of open batches, and what was sealed stays as it is', () => {
    const { kernel } = start(1_000, 100);
    kernel.append(
      blockOf([
        ['a', 1, 1],
        ['a', 2, 2],
      ]),
    );
    const batch = kernel.batches[97 % SHARDS];
    expect(batch.count).to.equal(2);
    const first = batch.seal();
    expect(batch.count).to.equal(0);
    kernel.append(blockOf([['abc', 3, 3]]));
    expect(pointsIn(batch.seal())).to.deep.equal([['abc', 3, 3]]);
    expect(pointsIn(first)).to.deep.equal([
      ['a', 1, 1],
      ['a', 2, 2],
    ]);
    expect(batch.count).to.equal(0);
    expect(() => batch.seal()).to.throw('has points');
  });
});
