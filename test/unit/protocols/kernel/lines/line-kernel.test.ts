import { expect } from 'chai';
import fc from 'fast-check';
import { LineKernel } from '../../../../../src/protocols/kernel/lines/line-kernel.js';
import { decodePlainLines, scanPlainLines } from '../../../../../src/protocols/line-plain.js';
import { PointBlock } from '../../../../../src/protocols/points.js';
import { pointsOf } from '../../../../support/fake-points.js';

type Decode = (block: PointBlock, start: number, end: number) => number;

const kernel = new LineKernel();
const byKernel: Decode = (block, start, end) => kernel.decode(block, start, end);
const byScan: Decode = (block, start, end) => scanPlainLines(start, end, block);
const byBoth: Decode = (block, start, end) => decodePlainLines(start, end, block);

/** What a decoder makes of a text, from `start` on. */
function decoded(decode: Decode, text: string, start = 0) {
  const block = new PointBlock();
  const bytes = Buffer.from(text, 'latin1');
  block.clear(bytes);
  const end = bytes.lastIndexOf(10) + 1;
  const stopped = decode(block, Math.min(start, end), end);
  const unusual = [...block.unusualName.subarray(0, block.count)];
  return { stopped, points: pointsOf(block), unusual, block };
}

const part = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('a.b', 'servers.x.cpu', 'x;t=v', '~x', 'a{b}c', 'A_b-9:#'),
  },
  { weight: 6, arbitrary: fc.integer().map(String) },
  { weight: 4, arbitrary: fc.double({ noNaN: true }).map(String) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.nat(), fc.nat({ max: 10 ** 9 }))
      .map(([whole, decimals]) => `${whole}.${decimals}`),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '',
      '-',
      '.',
      '5.',
      '.5',
      '-0',
      '1e3',
      '1E',
      '+1',
      '--1',
      'nan',
      '0x1',
      '\r',
      '\x1c',
      'é',
      '12345678901234567890',
      '123456789012345',
      '1234567890123456',
      '0.000000000000001',
    ),
  },
);
const blank = fc.constantFrom(' ', ' ', ' ', ' ', '\t', '  ', '');
const end = fc.constantFrom('\n', '\n', '\n', '\r\n', ' \n', '\r\r\n');
const line = fc.oneof(
  fc.tuple(part, blank, part, blank, part, end).map((parts) => parts.join('')),
  fc
    .tuple(fc.nat({ max: 99 }), fc.integer({ min: -(10 ** 6), max: 10 ** 6 }))
    .map(([i, value]) => `metric.${i} ${value / 8} 1700000000\n`),
);
const text = fc.array(line, { maxLength: 30 }).map((lines) => lines.join(''));

describe('LineKernel', () => {
  it('takes nothing that the scan does not take, and makes the same of it', () => {
    fc.assert(
      fc.property(text, (lines) => {
        const taken = decoded(byKernel, lines);
        const scanned = decoded(byScan, lines);
        const { length } = taken.points;
        expect(taken.stopped).to.be.at.most(scanned.stopped);
        expect(taken.points).to.deep.equal(scanned.points.slice(0, length));
        expect(taken.unusual).to.deep.equal(scanned.unusual.slice(0, length));
      }),
      { numRuns: 1_000 },
    );
  });

  it('takes what agents send', () => {
    const lines = 'a.b 1 1700000000\nc;t=v -2.25 1700000001\r\n~d\t0.5 1700000002\n';
    const { stopped, points, unusual } = decoded(byKernel, lines);
    expect(stopped).to.equal(lines.length);
    expect(points).to.deep.equal([
      ['a.b', 1_700_000_000, 1],
      ['c;t=v', 1_700_000_001, -2.25],
      ['~d', 1_700_000_002, 0.5],
    ]);
    expect(unusual).to.deep.equal([0, 1, 1]);
  });

  it('begins where it is told to', () => {
    const { points } = decoded(byKernel, 'a 1 2\nb 3 4\n', 6);
    expect(points).to.deep.equal([['b', 4, 3]]);
  });

  it('does not take a line that ends behind the input', () => {
    const block = new PointBlock();
    block.clear(Buffer.from('a 1 17\nb 2 1700\n'));
    expect(kernel.decode(block, 0, 11)).to.equal(7);
    expect(pointsOf(block)).to.deep.equal([['a', 17, 1]]);
  });

  it('takes input of any length, and any number of points', () => {
    const long = Array.from(
      { length: 30_000 },
      (_, i) => `m${i % 777}.${'x'.repeat(i % 50)} ${i} 17\n`,
    );
    const short = Array.from({ length: 20_000 }, (_, i) => `m${i % 7} 1 2\n`);
    for (const lines of [long.join(''), short.join('')]) {
      const taken = decoded(byKernel, lines);
      expect(taken.stopped).to.equal(lines.length);
      expect(taken.points).to.deep.equal(decoded(byScan, lines).points);
    }
  });

  it('takes a time for that of the line before only where it is', () => {
    const times = [
      '1000',
      '1000\r',
      '1000.5',
      '10005',
      '100',
      '1000 ',
      '1000e3',
      '-1000',
      '123456789012345',
    ];
    const text = fc
      .array(fc.constantFrom(...times), { minLength: 1, maxLength: 8 })
      .map((all) => all.map((time, i) => `a.b ${i} ${time}\n`).join(''));
    fc.assert(
      fc.property(text, (lines) => {
        const { points, stopped } = decoded(byKernel, lines);
        // It stops at an exponent, which is left to others.
        const before = decoded(byScan, lines.slice(0, stopped));
        expect(points).to.deep.equal(before.points);
        expect(lines.slice(stopped)).to.match(/^$|^a\.b \d (1000 \n|1000e3|-1000)/);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('decodePlainLines', () => {
  it('takes what the scan takes, wherever the kernel has to leave a line to it', () => {
    const filler = 'filler.metric 1 1700000000\n'.repeat(20);
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = `${before}${filler}${after}`;
        const taken = decoded(byBoth, lines);
        const scanned = decoded(byScan, lines);
        expect(taken.stopped).to.equal(scanned.stopped);
        expect(taken.points).to.deep.equal(scanned.points);
        expect(taken.unusual).to.deep.equal(scanned.unusual);
      }),
      { numRuns: 500 },
    );
  });
});
