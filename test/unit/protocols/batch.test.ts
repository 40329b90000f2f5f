import { expect } from 'chai';
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import {
  BATCH_POINTS_MAX,
  decodeBatch,
  isBatch,
  pointsAtMost,
} from '../../../src/protocols/batch.js';
import { BatchBuilder } from '../../support/batch-builder.js';
import { encodeBatch } from '../../support/encode-batch.js';
import { blockOf, type NamedPoint, pointsIn, pointsOf } from '../../support/fake-points.js';

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
/** The points a.b 3 1000 and a.d 4 1002. */
const FOLDED = {
  v: 2,
  shared: Buffer.of(0, 2),
  names: Buffer.from('a.b\nd\n'),
  from: 1000,
  times: Buffer.of(0, 2),
  values: Buffer.from(Float32Array.of(3, 4).buffer),
};

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
    ['another version', { ...GOOD, v: 3 }, /version/],
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
    ['folded names as text', { ...FOLDED, names: 'a.b\nd\n' }, /as bytes/],
    ['folded names without what they share', { ...FOLDED, shared: undefined }, /as bytes/],
    ['no folded names', { ...FOLDED, shared: Buffer.of(), names: Buffer.of() }, /without names/],
    ['more shared than there is', { ...FOLDED, shared: Buffer.of(0, 4) }, /unfolded/],
    ['a first name that shares', { ...FOLDED, shared: Buffer.of(1, 2) }, /unfolded/],
    ['a folded name that is empty', { ...FOLDED, names: Buffer.from('\nd\n') }, /unfolded/],
    ['fewer folded names', { ...FOLDED, names: Buffer.from('a.b\n') }, /unfolded/],
    ['more folded names', { ...FOLDED, names: Buffer.from('a.b\nd\ne\n') }, /unfolded/],
    ['folded names without an end', { ...FOLDED, names: Buffer.from('a.b\nd') }, /unfolded/],
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

  it('never throws, whatever bytes arrive', () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    const flipped = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })).map(([at, value]) => {
      const payload = built(POINTS).seal();
      payload[at % payload.length] = value;
      return payload as Uint8Array;
    });
    fc.assert(
      fc.property(fc.oneof(bytes, flipped), (payload) => void refusal(payload)),
      {
        numRuns: 2000,
      },
    );
  });

  it('never throws, whatever a map holds', () => {
    const field = fc.oneof(
      fc.anything({ withNullPrototype: false }),
      fc.array(fc.double()),
      fc.array(fc.string()),
      fc.uint8Array(),
    );
    const batch = fc.record(
      {
        v: fc.oneof(fc.constantFrom(1, 2), field),
        shared: fc.oneof(fc.uint8Array(), field),
        names: fc.oneof(fc.uint8Array(), field),
        from: fc.oneof(fc.double(), field),
        times: field,
        values: field,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(batch, (value) => {
        let payload: Uint8Array;
        try {
          payload = producer.pack(value);
        } catch {
          return; // msgpack has no form for it
        }
        refusal(payload);
      }),
      { numRuns: 2000 },
    );
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

  it('leaves out what a name shares with the one before it', () => {
    const points: NamedPoint[] = [
      ['a.b', 1000, 3],
      ['a.d', 1002, 4],
    ];
    expect(pointsIn(producer.pack(FOLDED))).to.deep.equal(points);
    const long = points.map(([name, ...rest]): NamedPoint => [`servers.web1.${name}`, ...rest]);
    const { v, shared, names, from, times, values } = producer.unpack(built(long).seal());
    expect([v, [...shared], Buffer.from(names).toString(), from, [...times]]).to.deep.equal([
      2,
      [0, 15],
      'servers.web1.a.b\nd\n',
      1000,
      [0, 2],
    ]);
    expect([...values]).to.deep.equal([...Buffer.from(Float32Array.of(3, 4).buffer)]);
  });

  it('tells how many points it has at most before it is decoded', () => {
    for (const count of [2, 300, 60_000]) {
      const points = Array.from(
        { length: count },
        (_, i): NamedPoint => [`servers.web${i}`, 1e9, 1],
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
    expect(pointsAtMost(new Uint8Array([0x86, 0xa1, 0x76, 2]))).to.equal(1);
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
      const bytes = encodeBatch(names, Float64Array.of(1), Float64Array.of(2), 1);
      const read = producer.unpack(bytes);
      expect(Object.keys(read)).to.deep.equal(['v', 'shared', 'names', 'from', 'times', 'values']);
      expect([read.v, read.from, ...read.times]).to.deep.equal([2, 1]);
      expect(Buffer.concat([names, Buffer.from('\n')]).equals(read.names)).to.equal(true);
      expect([...read.values]).to.deep.equal([...Buffer.from(Float32Array.of(2).buffer)]);
    }
  });

  it('encodes only as many points as it is told', () => {
    const bytes = encodeBatch(Buffer.from('a'), Float64Array.of(1, 2), Float64Array.of(3, 4), 1);
    expect(pointsIn(bytes)).to.deep.equal([['a', 1, 3]]);
    expect(pointsOf(blockOf([['a', 1, 3]]))).to.deep.equal([['a', 1, 3]]);
  });
});
