import { expect } from 'chai';
import fc from 'fast-check';
import { FramedPoints } from '../../../src/protocols/framed-points.js';
import { PickleWriter } from '../../../src/protocols/pickle-encoder.js';
import { PicklePoints } from '../../../src/protocols/pickle-points.js';
import { PointBlock } from '../../../src/protocols/points.js';
import { RejectionCounts } from '../../../src/protocols/rejection.js';
import { normaliseNames } from '../../../src/protocols/tags-block.js';

const NOW_S = 1700000123.75;

type Point = [name: string, timestamp: number, value: number];

function frameOf(points: Point[]): Uint8Array {
  const writer = new PickleWriter().list().mark();
  for (const [name, timestamp, value] of points)
    writer.text(name).float(timestamp).float(value).pair().pair();
  return writer.appends().finish();
}

function rawFrame(pickle: string): Uint8Array {
  const frame = Buffer.from(`\0\0\0\0${pickle}`, 'latin1');
  frame.writeUInt32BE(frame.length - 4);
  return frame;
}

function decode(chunks: Uint8Array[]) {
  const stream = new FramedPoints(new PicklePoints());
  const block = new PointBlock();
  const rejections = new RejectionCounts();
  const points: Point[] = [];
  for (const chunk of chunks) {
    stream.push(chunk, block, rejections, NOW_S);
    normaliseNames(block);
    for (let i = 0; i < block.count; i++)
      points.push([block.name(i), block.timestamps[i], block.values[i]]);
  }
  return { points, rejections, state: stream.state };
}

const name = fc.string({ unit: fc.constantFrom('a', 'b', '.', ';', '=', 'é', '😀', ' ') });
const point = fc.tuple(name, fc.integer(), fc.double({ noNaN: true })) as fc.Arbitrary<Point>;

describe('PicklePoints', () => {
  it('decodes the points that were encoded, wherever the bytes are cut', () => {
    const points: Point[] = [
      ['plain.name', 1700000000, 1.5],
      ['m;b=2;a=1', 1700000001.25, -2],
      ['é', -1.5, 3],
      ['', 5, 4],
    ];
    const whole = decode([frameOf(points), frameOf(points)]).points;
    expect(whole.slice(0, 4)).to.deep.equal([
      ['plain.name', 1700000000, 1.5],
      ['m;a=1;b=2', 1700000001.25, -2],
      ['é', NOW_S, 3],
      ['', 5, 4],
    ]);
    const bytes = Buffer.concat([frameOf(points), frameOf(points)]);
    for (let cut = 0; cut <= bytes.length; cut++)
      expect(decode([bytes.subarray(0, cut), bytes.subarray(cut)]).points).to.deep.equal(whole);
  });

  it('keeps names apart and shares equal ones, also while its buffer grows', () => {
    fc.assert(
      fc.property(fc.array(point, { maxLength: 50 }), fc.nat(2000), (points, length) => {
        const long: Point[] = points.map(([text, ...rest]) => [text.repeat(length % 700), ...rest]);
        const block = new PointBlock();
        const stream = new FramedPoints(new PicklePoints());
        stream.push(frameOf([...points, ...long]), block, new RejectionCounts(), NOW_S);
        const names = Array.from({ length: block.count }, (_, i) => block.name(i));
        expect(names).to.deep.equal([...points, ...long].map(([text]) => text));
      }),
      { seed: 20061, numRuns: 100 },
    );
  });

  it('normalises a name that several points share', () => {
    const { points } = decode([frameOf([1, 2, 3].map((i) => ['m;b=2;a=1', 5, i]))]);
    expect(points.map(([text]) => text)).to.deep.equal(Array(3).fill('m;a=1;b=2'));
  });

  it('takes no longer for a long text that a pickle refers to often', () => {
    const started = performance.now();
    for (const char of ['x', '7', '7_', '\x80']) {
      const long = char.repeat(400_000 / char.length);
      for (const opcode of ['X', 'B']) {
        const length = Buffer.alloc(4);
        length.writeUInt32LE(long.length);
        const text = `${opcode}${length.toString('latin1')}${long}q\x010](`;
        const block = new PointBlock();
        for (const item of ['h\x01K\x05K\x05\x86\x86', 'X\x01\0\0\0nK\x05h\x01\x86\x86'])
          new FramedPoints(new PicklePoints()).push(
            rawFrame(`${text}${item.repeat(30_000)}e.`),
            block,
            new RejectionCounts(),
            NOW_S,
          );
        expect(block.bytes.length).to.be.below(4_000_000);
      }
    }
    expect(performance.now() - started).to.be.below(9000);
  });

  it('takes an empty text for a frame without items, and reads on', () => {
    const { points, state } = decode([rawFrame('\x8c\0.'), frameOf([['a', 1, 2]])]);
    expect(state).to.equal('open');
    expect(points).to.deep.equal([['a', 1, 2]]);
  });

  it('skips an item whose name no UTF-8 can hold', () => {
    const { points, rejections, state } = decode([
      rawFrame('](V\\ud800\nK\x05K\x05\x86\x86Vok\nK\x05K\x05\x86\x86e.'),
    ]);
    expect([points, rejections.count('invalid-utf8'), state]).to.deep.equal([
      [['ok', 5, 5]],
      1,
      'open',
    ]);
  });

  it('survives random frames, and the next connection is unharmed', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 4 }), (payloads) => {
        decode(payloads.map((payload) => rawFrame(Buffer.from(payload).toString('latin1'))));
        decode(payloads);
        expect(decode([frameOf([['ok', 5, 6]])]).points).to.deep.equal([['ok', 5, 6]]);
      }),
      { seed: 20062, numRuns: 300 },
    );
  });
});
