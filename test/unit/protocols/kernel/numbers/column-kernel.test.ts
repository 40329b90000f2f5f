import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  COLUMN_MAX,
  ColumnKernel,
} from '../../../../../src/protocols/kernel/numbers/column-kernel.js';
import { pythonFloat } from '../../../../../src/query/python-float.js';
import { anyDoubles, decimalDoubles, hardDoubles } from '../../../../support/doubles.js';
import { Random, seedOf } from '../../../../support/random.js';

/**
 * DOUBLES_ROUNDS (100) times 2,000 doubles of any bits are compared with what the engine writes, and as many decimals;
 * DOUBLES_SEED repeats a run.
 */
const ROUNDS = Number(process.env.DOUBLES_ROUNDS ?? 100);
const SEED = seedOf('DOUBLES_SEED');
const ROUND = 2_000;

const PYTHON = '/usr/bin/python3';
const REPR = `
import struct, sys
bits = sys.stdin.buffer.read()
print('\\n'.join(repr(value) for value, in struct.iter_unpack('<d', bits)))
`;

const WORDS = { none: 'None', infinite: 'inf' };
const kernel = new ColumnKernel();

function textsOf(values: Float64Array): string[] {
  const texts: string[] = [];
  for (let from = 0; from < values.length; from += COLUMN_MAX) {
    const piece = values.subarray(from, from + COLUMN_MAX);
    texts.push(...`${kernel.values(piece, WORDS, 10)}`.slice(0, -1).split('\n'));
  }
  return texts;
}

function expectShortest(values: Float64Array): void {
  textsOf(values).forEach((text, i) => {
    if (text !== pythonFloat(values[i])) expect(text).to.equal(pythonFloat(values[i]));
  });
}

describe('ColumnKernel', () => {
  before(() => console.log(`  DOUBLES_SEED=${SEED}`));

  it('writes what repr writes', () => {
    const texts: [number, string][] = [
      [0, '0.0'],
      [-0, '-0.0'],
      [5, '5.0'],
      [-12.25, '-12.25'],
      [0.0001, '0.0001'],
      [0.00012345, '0.00012345'],
      [1e-5, '1e-05'],
      [-1.234e-5, '-1.234e-05'],
      [1e-100, '1e-100'],
      [5e-324, '5e-324'],
      [1 / 3, '0.3333333333333333'],
      [0.1 + 0.2, '0.30000000000000004'],
      [12345.678, '12345.678'],
      [99_999_999_999.9999, '99999999999.9999'],
      [100_000_000_000.5, '100000000000.5'],
      [123_456_789_012_345, '123456789012345.0'],
      [9_999_999_999_999_998, '9999999999999998.0'],
      [1e16, '1e+16'],
      [123_456_789_012_345_680, '1.2345678901234568e+17'],
      [2 ** 53, '9007199254740992.0'],
      [2e-308, '2e-308'],
      [Number.MAX_VALUE, '1.7976931348623157e+308'],
      [Number.NaN, 'None'],
      [Number.POSITIVE_INFINITY, 'inf'],
      [Number.NEGATIVE_INFINITY, '-inf'],
    ];
    const written = textsOf(Float64Array.from(texts, ([value]) => value));
    expect(written).to.deep.equal(texts.map(([, text]) => text));
  });

  it('writes any double in the digits of the engine', () => {
    const random = new Random(SEED);
    for (let i = 0; i < ROUNDS; i++) {
      expectShortest(anyDoubles(random, ROUND));
      expectShortest(decimalDoubles(random, ROUND));
    }
  }).timeout(10_000 + ROUNDS * 100);

  it('writes hard ones likewise', () => expectShortest(hardDoubles()));

  it('writes what Python writes', function () {
    const random = new Random(SEED);
    const values = Float64Array.from([
      ...hardDoubles(),
      ...anyDoubles(random, 5_000),
      ...decimalDoubles(random, 5_000),
    ]);
    const { status, stdout, stderr } = spawnSync(PYTHON, ['-c', REPR], {
      input: Buffer.from(values.buffer),
      encoding: 'utf8',
      maxBuffer: 1e8,
    });
    if (status === null) {
      console.log(`  there is no ${PYTHON}`);
      this.skip();
    }
    expect(status, stderr).to.equal(0);
    const wanted = stdout.trimEnd().split('\n');
    const different = textsOf(values).filter((text, i) => text !== wanted[i]);
    expect(different).to.deep.equal([]);
    expect(wanted).to.have.length(values.length);
  }).timeout(20_000);

  it('takes the words that it is told, one column after the other', () => {
    const values = Float64Array.of(Number.NaN, Number.NEGATIVE_INFINITY, 1);
    const words = { none: 'sixteen letters.', infinite: 'Infinity' };
    for (let i = 0; i < 2; i++) {
      expect(`${kernel.values(values, words, 0x2c)}`).to.equal('sixteen letters.,-Infinity,1.0,');
      expect(`${kernel.values(values, { none: '', infinite: '~' }, 0x20)}`).to.equal(' -~ 1.0 ');
    }
    expect(`${kernel.values(new Float64Array(0), words, 0x2c)}`).to.equal('');
  });

  it('writes points with their times, of all or of those that have a value', () => {
    const value = fc.oneof(fc.double(), fc.constant(Number.NaN), fc.integer());
    const startS = fc.oneof(fc.integer({ min: -20_000, max: 20_000 }), fc.maxSafeInteger());
    const stepS = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 20_000 }));
    fc.assert(
      fc.property(
        fc.array(value, { maxLength: 50 }),
        startS.map((seconds) => seconds % 5e14),
        stepS,
        fc.boolean(),
        (values, startS, stepS, known) => {
          const column = Float64Array.from(values);
          const written = `${kernel.points(column, WORDS, startS, stepS, known)}`;
          const texts = textsOf(column);
          const points = texts.map((text, i) => `, [${text}, ${startS + i * stepS}]`);
          const shown = known ? points.filter((_, i) => !Number.isNaN(values[i])) : points;
          expect(written).to.equal(shown.join(''));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('has room for the longest column', () => {
    const values = new Float64Array(COLUMN_MAX).fill(-1.7976931348623157e-300);
    const points = `${kernel.points(values, WORDS, 1e14, 60, false)}`.split(', [').slice(1);
    expect(points).to.have.length(COLUMN_MAX);
    for (const [i, point] of points.entries())
      expect(point).to.equal(`-1.7976931348623157e-300, ${1e14 + i * 60}]`);
  });
});
