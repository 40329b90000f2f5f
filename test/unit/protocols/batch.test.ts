import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import {
  BATCH_POINTS_MAX,
  decodeBatch,
  isBatch,
  pointsAtMost,
} from '../../../src/protocols/batch.js';
import { writeFolded } from '../../../src/protocols/folded-batch.js';
import { BatchBuilder } from '../../support/batch-builder.js';
import { encodeBatch } from '../../support/encode-batch.js';
import {
  batchOf,
  blockOf,
  type NamedPoint,
  pointsIn,
  pointsOf,
} from '../../support/fake-points.js';
import { Random } from '../../support/random.js';

/** A producer's msgpack library, with its own choices. */
const producer = new Packr({ useRecords: false });

function column(values: number[]): Uint8Array {
  return new Uint8Array(Float64Array.from(values).buffer);
}

/** What `decodeBatch` says of a payload, into a block that held points before. */
function refusal(payload: Uint8Array): string | undefined {
  const block = blockOf([['before', 1, 2]]);
  const problem = decodeBatch(payload, block);
  if (problem !== undefined) expect(block.count, 'points of a refused batch').to.equal(0);
  return problem;
}

function built(points: readonly NamedPoint[], bytesMax = 4096): BatchBuilder {
  const builder = new BatchBuilder(bytesMax);
  const block = blockOf(points);
  for (let i = 0; i < block.count; i++) {
    builder.append(
      block.bytes,
      block.nameStart[i],
      block.nameEnd[i],
      block.timestamps[i],
      block.values[i],
    );
  }
  return builder;
}

const POINTS: NamedPoint[] = [
  ['servers.web1.cpu', 1_700_000_000, 0.1],
  ['zürich.温度', 1_700_000_000.25, -1e300],
  ['servers.web1.cpu', -1, Number.POSITIVE_INFINITY],
];
const GOOD = { v: 1, names: 'a.b\nc.d', times: [1, 2], values: [3, 4] };
/** As `docs/formats/batch.md` has it. */
const FOLDED_POINTS: NamedPoint[] = [
  ['servers.web01.cpu', 1000, 3],
  ['servers.web02.cpu', 1002, 4],
];
/** A node that comes for the first time; a name ends with the last one. */
const node = (text: string, endsName = false): Buffer =>
  Buffer.concat([Buffer.of(255, text.length + (endsName ? 128 : 0)), Buffer.from(text)]);
const FIRST_NAME = [node('servers.'), node('web01.'), node('cpu', true)];
const SECOND_NAME = [node('web02.'), Buffer.of(2)];
const FOLDED = {
  v: 3,
  shared: Buffer.of(0, 8),
  names: Buffer.concat([...FIRST_NAME, ...SECOND_NAME]),
  from: 1000,
  times: Buffer.of(0, 2),
  values: Buffer.from(Float32Array.of(3, 4).buffer),
};

/** A batch with other nodes. */
const folded = (...nodes: Buffer[]) => ({ ...FOLDED, names: Buffer.concat(nodes) });

describe('columnar batch', () => {
  it('comes back as it was built', () => {
    const bytes = built(POINTS).seal();
    expect(isBatch(bytes)).to.equal(true);
    expect(pointsIn(bytes)).to.deep.equal(POINTS);
  });

  it('comes back from a message that is a view in the middle of a buffer', () => {
    const sealed = built(POINTS).seal();
    const frame = Buffer.alloc(sealed.length + 20, 7);
    frame.set(sealed, 3);
    expect(pointsIn(new Uint8Array(frame.buffer, 3, sealed.length))).to.deep.equal(POINTS);
  });

  it('takes names as a list, as text or as bytes, and columns as lists or as bytes', () => {
    const points: NamedPoint[] = [
      ['a.b', 1, 3],
      ['c.ö', 2, 4],
    ];
    for (const names of [['a.b', 'c.ö'], 'a.b\nc.ö', Buffer.from('a.b\nc.ö'), 'a.b\nc.ö\n']) {
      for (const times of [[1, 2], column([1, 2])]) {
        for (const values of [[3, 4], column([3, 4])]) {
          const payload = producer.pack({ v: 1, names, times, values });
          expect(pointsIn(payload)).to.deep.equal(points);
        }
      }
    }
  });

  it('takes an empty batch in every form', () => {
    expect(pointsIn(new BatchBuilder(1024).seal())).to.deep.equal([]);
    for (const names of [[], '', Buffer.alloc(0)]) {
      expect(pointsIn(producer.pack({ v: 1, names, times: [], values: [] }))).to.deep.equal([]);
    }
  });

  it('ignores fields that a later producer may add', () => {
    expect(pointsIn(producer.pack({ ...GOOD, sender: 'x' }))).to.have.length(2);
  });

  const refused: [what: string, payload: unknown, why: RegExp][] = [
    ['no map', [1, 2], /version/],
    ['nothing', null, /version/],
    ['a number', 7, /version/],
    ['no version', { ...GOOD, v: undefined }, /version/],
    ['another version', { ...GOOD, v: 2 }, /version/],
    ['a version that cannot be shown', { ...GOOD, v: { toString: 1, valueOf: 1 } }, /version/],
    ['no names', { ...GOOD, names: undefined }, /needed/],
    ['names that are no text', { ...GOOD, names: [1, 2] }, /needed/],
    ['a name with a newline in a list', { ...GOOD, names: ['a', 'b\nc'] }, /needed/],
    ['no times', { ...GOOD, times: undefined }, /needed/],
    ['times that are no numbers', { ...GOOD, times: ['1', '2'] }, /needed/],
    ['values with a hole', { ...GOOD, values: [3, null] }, /needed/],
    ['a column that is no whole number of doubles', { ...GOOD, times: Buffer.alloc(15) }, /needed/],
    ['fewer values than times', { ...GOOD, values: [3] }, /differ/],
    ['fewer names than times', { ...GOOD, names: 'a.b' }, /names/],
    ['more names than times', { ...GOOD, names: 'a\nb\nc' }, /names/],
    ['an empty name', { ...GOOD, names: ['a', ''] }, /names/],
    ['an empty name first', { ...GOOD, names: '\na' }, /names/],
    ['names without times', { ...GOOD, times: [], values: [] }, /names/],
    ['folded names as text', { ...FOLDED, names: 'a.b' }, /as bytes/],
    ['folded names without what they share', { ...FOLDED, shared: undefined }, /as bytes/],
    ['no folded names', { ...FOLDED, shared: Buffer.of(), names: Buffer.of() }, /without names/],
    ['more shared than there is', { ...FOLDED, shared: Buffer.of(0, 18) }, /unfolded/],
    ['a first name that shares', { ...FOLDED, shared: Buffer.of(1, 8) }, /unfolded/],
    ['an empty node', { ...FOLDED, names: Buffer.of(255, 128, 0) }, /unfolded/],
    ['a node that is not there', { ...FOLDED, names: Buffer.of(0, 0) }, /unfolded/],
    ['half a number', folded(...FIRST_NAME, Buffer.of(240)), /unfolded/],
    ['half a node', folded(...FIRST_NAME, node('abc', true).subarray(0, 4)), /unfolded/],
    ['fewer folded names', folded(...FIRST_NAME), /unfolded/],
    ['more folded names', folded(...FIRST_NAME, ...SECOND_NAME, Buffer.of(2)), /unfolded/],
    ['folded names without an end', folded(...FIRST_NAME, node('web02.')), /unfolded/],
    ['offsets of three bytes', { ...FOLDED, times: Buffer.alloc(6) }, /times/],
    ['offsets from nowhere', { ...FOLDED, from: undefined }, /times/],
    ['offsets from a text', { ...FOLDED, from: 'x' }, /times/],
    ['values of two bytes', { ...FOLDED, values: Buffer.alloc(4) }, /values/],
  ];
  for (const [what, payload, why] of refused) {
    it(`refuses ${what}`, () => {
      expect(refusal(producer.pack(payload))).to.match(why);
    });
  }

  it('refuses what is no msgpack, or not all of it', () => {
    const bytes = producer.pack(GOOD);
    for (let length = 0; length < bytes.length; length++) {
      expect(refusal(bytes.subarray(0, length)), `${length} bytes`).to.be.a('string');
    }
    expect(refusal(Buffer.from('servers.web1.cpu 1 2\n'))).to.be.a('string');
  });

  it('refuses more points than a message can hold, and takes as many as it can', () => {
    const names = (count: number): Buffer => Buffer.alloc(count * 2 - 1, 'a\n');
    const batch = (count: number): Uint8Array =>
      producer.pack({
        v: 1,
        names: names(count),
        times: Buffer.alloc(count * 8),
        values: Buffer.alloc(count * 8),
      });
    expect(refusal(batch(BATCH_POINTS_MAX))).to.equal(undefined);
    expect(refusal(batch(BATCH_POINTS_MAX + 1))).to.match(/more than 262144/);
  });

  it('comes back for any names and numbers', () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
      .filter((text) => !text.includes('\n'));
    const point = fc.tuple(name, fc.double({ noNaN: true }), fc.double({ noNaN: true }));
    fc.assert(
      fc.property(fc.array(point, { maxLength: 50 }), (points) => {
        expect(pointsIn(built(points, 65_536).seal())).to.deep.equal(points);
      }),
    );
  });

  it('has what it is said to have in the documentation', () => {
    expect(pointsIn(producer.pack(FOLDED))).to.deep.equal(FOLDED_POINTS);
    const bytes = Buffer.from(built(FOLDED_POINTS).seal());
    expect(producer.unpack(bytes)).to.deep.equal(FOLDED);
    const page = readFileSync('docs/formats/batch.md', 'utf8');
    const example = /## Version 3[\s\S]*?```\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
    const documented = example.split('\n').map((line) => line.slice(0, 48).replaceAll(' ', ''));
    expect(documented.join('')).to.equal(bytes.toString('hex'));
  });

  it('is not larger than its names are, whatever they are', () => {
    const overhead = (name: (i: number) => string, count = 3_000): number => {
      const names = Array.from({ length: count }, (_, i) => name(i));
      const { length } = batchOf(names.map((one): NamedPoint => [one, 1e9, 1]));
      return (length - 64) / count - names.join('').length / count - 4;
    };
    const random = new Random(1);
    const hex = (digits: number) =>
      Array.from({ length: digits }, () => random.int(0, 15).toString(16)).join('');
    expect(overhead(() => hex(32))).to.be.below(3.1);
    expect(overhead(() => `${hex(8)}-${hex(4)}-${hex(4)}-${hex(12)}`)).to.be.below(3.1);
    expect(overhead(() => `a.${hex(12)}.${hex(12)}`)).to.be.below(5.1);
    expect(overhead(() => hex(6), 200_000)).to.be.below(3.1);
    expect(overhead((i) => `cpu;host=web${i};dc=east`)).to.be.below(0);
    expect(overhead((i) => `servers.web${i % 100}.cpu.user`)).to.be.below(-10);
  });

  it('tells how many points it has at most before it is decoded', () => {
    for (const count of [2, 300, 60_000]) {
      const points = Array.from(
        { length: count },
        (_, i): NamedPoint => [`servers.web${i % 9_000}`, 1e9, 1],
      );
      expect(pointsAtMost(built(points, 4e6).seal())).to.equal(count);
    }
    const plain = producer.pack({
      v: 1,
      names: 'a\nb',
      times: column([1, 2]),
      values: column([3, 4]),
    });
    expect(pointsAtMost(plain)).to.be.within(2, plain.length / 17 + 1);
    expect(pointsAtMost(new Uint8Array([0x86, 0xa1, 0x76, 3]))).to.equal(1);
  });

  it('has columns as narrow as keeps every number as it is', () => {
    const widths = (numbers: readonly [time: number, value: number][]): [number, number] => {
      const points = numbers.map((pair, i): NamedPoint => [`servers.web1.metric${i}`, ...pair]);
      const bytes = built(points).seal();
      expect(pointsIn(bytes)).to.deep.equal(points);
      const { times, values } = producer.unpack(bytes);
      return [times.length / points.length, values.length / points.length];
    };
    const NOW_S = 1_700_000_000;
    expect(
      widths([
        [NOW_S, 1],
        [NOW_S, 2.5],
      ]),
    ).to.deep.equal([0, 4]);
    expect(
      widths([
        [NOW_S + 255, 1],
        [NOW_S, 0.1],
      ]),
    ).to.deep.equal([1, 8]);
    expect(
      widths([
        [NOW_S, 1],
        [NOW_S + 256, -0],
      ]),
    ).to.deep.equal([2, 4]);
    expect(
      widths([
        [NOW_S, 1],
        [NOW_S + 65_536, 2 ** 128],
      ]),
    ).to.deep.equal([4, 8]);
    expect(
      widths([
        [1, 1],
        [2 ** 33, Number.POSITIVE_INFINITY],
      ]),
    ).to.deep.equal([8, 4]);
    expect(
      widths([
        [NOW_S, 1],
        [NOW_S + 0.5, 2 ** 24 + 1],
      ]),
    ).to.deep.equal([8, 8]);
    expect(
      widths([
        [-1, 1],
        [NOW_S, 3],
      ]),
    ).to.deep.equal([8, 4]);
    expect(
      widths([
        [2 ** 53, 1],
        [2 ** 53 + 2, 3],
      ]),
    ).to.deep.equal([8, 4]);
    expect(
      widths([
        [-0, 1],
        [0, 3],
      ]),
    ).to.deep.equal([8, 4]);
  });

  it('comes back for names that have much in common, and any numbers', () => {
    const name = fc
      .tuple(
        fc.constantFrom('', 'a.', 'servers.web1.cpu.', 'ü'.repeat(140)),
        fc.string({ minLength: 1 }),
      )
      .map((parts) => parts.join(''))
      .filter((text) => !text.includes('\n'));
    const time = fc.oneof(fc.integer({ min: 0, max: 70_000 }), fc.double({ noNaN: true }));
    const value = fc.oneof(fc.integer(), fc.float({ noNaN: true }), fc.double({ noNaN: true }));
    fc.assert(
      fc.property(fc.array(fc.tuple(name, time, value), { maxLength: 40 }), (points) => {
        expect(pointsIn(built(points, 65_536).seal())).to.deep.equal(points);
      }),
    );
  });

  it('has byte strings of every length as a msgpack library reads them', () => {
    for (const length of [1, 255, 256, 65_535, 65_536]) {
      const names = Buffer.alloc(length, 97);
      const columns = { shared: Buffer.of(0), names, times: Buffer.of(), values: Buffer.of(7) };
      const read = producer.unpack(writeFolded({ ...columns, from: 1 }));
      expect(Object.keys(read)).to.deep.equal(['v', 'shared', 'names', 'from', 'times', 'values']);
      expect(read).to.deep.equal({ v: 3, from: 1, ...columns });
    }
  });

  it('encodes only as many points as it is told', () => {
    const bytes = encodeBatch(Buffer.from('a'), Float64Array.of(1, 2), Float64Array.of(3, 4), 1);
    expect(pointsIn(bytes)).to.deep.equal([['a', 1, 3]]);
    expect(pointsOf(blockOf([['a', 1, 3]]))).to.deep.equal([['a', 1, 3]]);
  });
});
