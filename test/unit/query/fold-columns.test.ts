import { expect } from 'chai';
import fc from 'fast-check';
import type { FoldKind } from '../../../src/protocols/folded-block.js';
import { VALUES_MAX } from '../../../src/protocols/kernel/folds/fold-kernel.js';
import { Fold } from '../../../src/query/fold.js';

const KINDS = ['sum', 'max', 'min'] as const;
const START = { sum: 0, max: Number.NEGATIVE_INFINITY, min: Number.POSITIVE_INFINITY };

interface Made {
  readonly lacking: number[];
  readonly values: number[];
  readonly missing: number[];
  readonly largest: number;
  readonly unit: number;
}

/** The same, point by point: what the kernel makes of many at a time has to be this. */
function plain(kind: FoldKind, all: readonly number[][], settled: number): Made | undefined {
  const known = all.flat().filter((value) => !Number.isNaN(value));
  const units = Array.from({ length: 21 }, (_, i) => 2 ** -i);
  const unit = units.find((one) => known.every((value) => value / one === Math.floor(value / one)));
  if (kind !== 'sum' && known.some((value) => Object.is(value, -0))) return undefined;
  if (kind === 'sum' && unit === undefined) return undefined;
  const isWhole = (row: readonly number[]) => !row.slice(0, settled).some(Number.isNaN);
  const whole = all.filter(isWhole);
  const largest =
    kind === 'sum' ? known.reduce((most, value) => Math.max(most, Math.abs(value)), 0) : 0;
  // With none whole and an infinity it is NaN, which is not within the limit.
  const isWithin = whole.length * largest <= 2 ** 53 * (unit ?? 1);
  if (kind === 'sum' && !isWithin) return undefined;
  const put = (result: number, value: number): number => {
    if (Number.isNaN(value)) return result;
    return kind === 'sum' ? result + value : Math[kind](result, value);
  };
  return {
    lacking: [...all.keys()].filter((i) => !isWhole(all[i])),
    values: all[0].map((_, i) => whole.reduce((result, row) => put(result, row[i]), START[kind])),
    missing: all[0].map((_, i) => whole.filter((row) => Number.isNaN(row[i])).length),
    largest,
    unit: kind === 'sum' ? (unit ?? 1) : 1,
  };
}

function made(kind: FoldKind, all: readonly number[][], settled: number): Made | undefined {
  const fold = new Fold(kind, { startS: 60, endS: 60 + all[0].length * 60, stepS: 60 });
  const lacking = fold.takeWhole(Float64Array.from(all.flat()), all.length, settled);
  if (lacking === undefined) return undefined;
  expect(fold.count).to.equal(all.length - lacking.length);
  const { values, missing } = fold.result;
  const { largest, unit } = fold.block;
  return { lacking, values: [...values], missing: [...missing], largest, unit };
}

function check(kind: FoldKind, all: readonly number[][], settled: number): Made | undefined {
  const some = made(kind, all, settled);
  const wanted = plain(kind, all, settled);
  expect(some).to.deep.equal(wanted);
  expect(some?.values.map((one) => Object.is(one, -0))).to.deep.equal(
    wanted?.values.map((one) => Object.is(one, -0)),
  );
  return some;
}

const parts = fc.constantFrom(1, 8, 2 ** 20);
const few = fc.tuple(fc.integer({ min: -(2 ** 31), max: 2 ** 31 }), parts).map(([n, by]) => n / by);
const odd = fc.constantFrom(
  ...[Number.NaN, Number.NaN, 0, -0, 0.1, 2 ** 53, -1e300, 5e-324, 2 ** -21],
  ...[Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
);

/** Some rows of one length, of numbers with few digits, but for some of them. */
const rows = fc
  .tuple(
    fc.integer({ min: 1, max: 40 }),
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 0, max: 60 }),
  )
  .chain(([length, count, oddOf]) => {
    const value = fc.oneof(
      { weight: 60, arbitrary: few },
      { weight: oddOf === 0 ? 1 : 0, arbitrary: odd },
    );
    const lacking = fc.oneof(
      { weight: 20, arbitrary: value },
      { weight: 1, arbitrary: fc.constant(Number.NaN) },
    );
    const row = fc.array(lacking, { minLength: length, maxLength: length });
    return fc.array(row, { minLength: count, maxLength: count });
  });

describe('Fold of columns', () => {
  it('makes of many values at a time what one after the other makes', () => {
    let together = 0;
    fc.assert(
      fc.property(fc.constantFrom(...KINDS), rows, fc.nat({ max: 45 }), (kind, all, settled) => {
        if (check(kind, all, settled) !== undefined) together++;
      }),
      { numRuns: 1_000 },
    );
    expect(together, 'often').to.be.greaterThan(100);
  });

  it('takes more series than it looks at together, and longer ones', () => {
    const shapes = [
      [3, 2 * VALUES_MAX + 3],
      [100, 361],
      [2, VALUES_MAX],
    ];
    for (const [count, length] of shapes) {
      const all = Array.from({ length: count }, (_, row) =>
        Array.from({ length }, (_, i) => (i * 31 + row * 17) / 8),
      );
      all[0][length - 1] = Number.NaN;
      all[count - 1][length - 2] = Number.NaN;
      for (const kind of KINDS) {
        expect(check(kind, all, length - 2)?.lacking, `${count} of ${length}`).to.deep.equal([]);
        expect(check(kind, all, length - 1)?.lacking).to.deep.equal([count - 1]);
      }
      all[count - 1][length - 1] = 0.1;
      expect(check('sum', all, 0)).to.equal(undefined);
    }
  });
});
