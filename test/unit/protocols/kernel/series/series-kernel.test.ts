import { expect } from 'chai';
import fc from 'fast-check';
import {
  type PackedColumn,
  SeriesKernel,
} from '../../../../../src/protocols/kernel/series/series-kernel.js';

const kernel = new SeriesKernel();
const POINTS_MAX = 2 ** 14;
const HOLE = Number.NaN;

/** As it reaches the other end, where it lies at any place. */
function pack(column: Float64Array, series = 1): PackedColumn {
  const { forms, bytes } = kernel.pack(column.slice(), series, column.length / series);
  const message = new Uint8Array(bytes.length + 1);
  message.set(bytes, 1);
  return { forms: forms.slice(), bytes: message.subarray(1) };
}

function bitsOf(column: Float64Array): bigint[] {
  return [...new BigUint64Array(column.buffer, column.byteOffset, column.length)];
}

/** What comes out, where what is behind it is left alone. */
function unpacked(packed: PackedColumn, series: number, count: number): Float64Array {
  const column = new Float64Array(series * count + 2).fill(77);
  kernel.unpack(packed, series, count, column);
  const [end] = column.subarray(series * count);
  expect(end).to.equal(77);
  return column.slice(0, series * count);
}

function bytesOf(values: readonly number[]): number {
  const column = Float64Array.from(values);
  const packed = pack(column);
  expect(bitsOf(unpacked(packed, 1, values.length))).to.deep.equal(bitsOf(column));
  return packed.bytes.length;
}

function doubleOf(bits: bigint): number {
  return new Float64Array(BigUint64Array.of(bits).buffer)[0];
}

/** Values of which most runs are made: decimals, parts and multiples of powers of two, counters. */
const kinds = [
  ...[0, 1, 2, 3, 4, 5].flatMap((digits) =>
    [100, 254, 255, 60_000, 70_000, 2 ** 31].map((max) =>
      fc.integer({ min: 0, max }).map((k) => k / 10 ** digits),
    ),
  ),
  fc.integer({ min: -128, max: 128 }).map((k) => k / 10),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 }).map((k) => k / 100),
  fc.integer({ min: 0, max: 2 ** 24 }).map((k) => k * 4_096),
  fc.integer({ min: 0, max: 1_000 }).map((k) => k / 8),
  fc.integer({ min: 0, max: 2 ** 20 }).map((k) => 2 ** 50 + k),
  ...[50, 51, 52, 53].map((bits) => fc.integer({ min: -300, max: 300 }).map((k) => 2 ** bits - k)),
  fc.integer({ min: -300, max: 300 }).map((k) => (2 ** 50 - k) / 10),
  fc.float(),
  fc.double(),
];
const odd = fc.constantFrom(
  -0,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  5e-324,
  1e300,
  0.1 + 0.2,
  2 ** 53,
  -(2 ** 53) - 2,
);
/** Of which the bits matter, so that they cannot be numbers of JavaScript. */
const otherNulls = fc.constantFrom(
  0x7ff8000000000001n,
  0xfff8000000000000n,
  0x7ff0000000000001n,
  0x7ff8000020000000n,
  0xffffffffffffffffn,
);

const run = (count: number) =>
  fc.constantFrom(...kinds).chain((kind) =>
    fc
      .tuple(
        fc.array(fc.oneof({ weight: 9, arbitrary: kind }, fc.constant(HOLE)), {
          minLength: count,
          maxLength: count,
        }),
        fc.option(fc.tuple(fc.nat({ max: count - 1 }), odd), { freq: 3, nil: undefined }),
        fc.option(fc.tuple(fc.nat({ max: count - 1 }), otherNulls), { freq: 8, nil: undefined }),
      )
      .map(([values, oddOne, otherNull]) => {
        const column = Float64Array.from(values);
        if (oddOne) column[oddOne[0]] = oddOne[1];
        if (otherNull) new BigUint64Array(column.buffer)[otherNull[0]] = otherNull[1];
        return column;
      }),
  );

describe('SeriesKernel', () => {
  it('gives every bit of series of any values', () => {
    const column = fc
      .tuple(fc.integer({ min: 1, max: 24 }), fc.integer({ min: 1, max: 6 }))
      .chain(([count, series]) => fc.array(run(count), { minLength: series, maxLength: series }));
    fc.assert(
      fc.property(column, (runs) => {
        const count = runs[0].length;
        const all = new Float64Array(runs.length * count);
        runs.forEach((values, i) => {
          new BigUint64Array(all.buffer).set(new BigUint64Array(values.buffer), i * count);
        });
        const packed = pack(all, runs.length);
        expect(packed.bytes.length).to.be.at.most(all.length * 8);
        expect(bitsOf(unpacked(packed, runs.length, count))).to.deep.equal(bitsOf(all));
      }),
      { numRuns: 3_000 },
    );
  });

  it('takes a byte for a point of short decimals, two or four where they are far apart', () => {
    const base = 8;
    const steps = Array.from({ length: 11 }, (_, i) => i);
    for (const parts of [1, 8, 10, 100, 1_000, 10_000]) {
      const values = steps.map((i) => (1_000_000 + i * 7) / parts);
      expect(bytesOf(values), `${parts} parts`).to.equal(base + 11);
      expect(bytesOf([HOLE, ...values, HOLE]), `${parts} parts`).to.equal(base + 13);
    }
    expect(bytesOf(steps.map((i) => i * 1_024 + 1e12 * 2 ** 10))).to.equal(base + 11);
    for (const from of [-3_000_000_000, -127, 0, 1e15, -(2 ** 50), 2 ** 50 - 65_535]) {
      const far = (range: number) => bytesOf([from, from + 1, from + 3, from + range]);
      expect(far(254), `from ${from}`).to.equal(base + 4);
      expect(far(255), `from ${from}`).to.equal(base + 2 * 4);
      expect(far(65_534), `from ${from}`).to.equal(base + 2 * 4);
      expect(far(65_535), `from ${from}`).to.equal(base + 4 * 4);
    }
    expect(bytesOf([0.1, 429_496_729.5, 0.2, HOLE])).to.equal(base + 4 * 4);
    expect(bytesOf([0.1, 429_496_729.7, 0.2, HOLE])).to.equal(4 * 8);
    expect(bytesOf(steps.map(() => HOLE))).to.equal(base + 11);
  });

  it('takes four bytes for what floats are enough for, and eight for all else and for few points', () => {
    expect(bytesOf([1 / 64, -0, HOLE, Number.POSITIVE_INFINITY, -1e38 * 0])).to.equal(5 * 4);
    expect(bytesOf([3 / 1_024, 1 / 64])).to.equal(2 * 4);
    expect(bytesOf([7])).to.equal(4);
    for (const value of [Math.PI, 1e300, 5e-324, 0.1 + 0.2, 2 ** 50 + 1])
      expect(bytesOf([1, 0.1, value, 2])).to.equal(4 * 8);
    expect(bytesOf([0.1])).to.equal(8);
    expect(bytesOf([0.1, 0.2, 0.3])).to.equal(3 * 8);
  });

  it('takes what is no number and not NaN as JavaScript makes it as it is', () => {
    for (const bits of [0x7ff8000000000001n, 0xfff8000000000000n, 0x7ff8000020000000n]) {
      const column = Float64Array.of(1, 0, 3);
      new BigUint64Array(column.buffer)[1] = bits;
      expect(Number.isNaN(doubleOf(bits))).to.equal(true);
      const packed = pack(column);
      expect(packed.bytes).to.have.length(3 * 8);
      expect(bitsOf(unpacked(packed, 1, 3))).to.deep.equal(bitsOf(column));
    }
  });

  it('takes more series, and longer ones, than a call has room for', () => {
    for (const [series, count] of [
      [100, 360],
      [3, POINTS_MAX],
      [2, 2 * POINTS_MAX + 3],
      [POINTS_MAX + 1, 1],
      [2, 0],
      [0, 360],
    ]) {
      const column = Float64Array.from({ length: series * count }, (_, i) => (i % 977) / 10);
      const packed = kernel.pack(column.slice(), series, count);
      expect(unpacked(packed, series, count)).to.deep.equal(column);
    }
  });

  it('refuses what does not have the bytes or the forms that it needs', () => {
    const column = Float64Array.of(0.1, 0.2, 0.3, 0.4);
    const { forms, bytes } = pack(column);
    const refused = (packed: PackedColumn) => () => unpacked(packed, 1, 4);
    expect(refused({ forms, bytes: bytes.subarray(1) })).to.throw('bytes');
    expect(refused({ forms: new Uint8Array(0), bytes })).to.throw('form');
    expect(refused({ forms: Uint8Array.of(200), bytes: new Uint8Array(100) })).to.throw('forms');
  });
});
