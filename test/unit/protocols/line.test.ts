import { expect } from 'chai';
import fc from 'fast-check';
import { LineStream, type LineStreamState } from '../../../src/protocols/line.js';
import { JoinBuffer, roomWithHeadroom } from '../../../src/protocols/line-join.js';
import { PointBlock } from '../../../src/protocols/points.js';
import { RejectionCounts } from '../../../src/protocols/rejection.js';

const NOW_S = 1700000123.75;
const RUNS = { seed: 20031, numRuns: 200 };

type Point = [name: string, timestamp: number, value: number, unusual: number];

function decode(
  chunks: Uint8Array[],
  stream = new LineStream(),
): { points: Point[]; rejections: RejectionCounts; state: LineStreamState } {
  const block = new PointBlock();
  const rejections = new RejectionCounts();
  const points: Point[] = [];
  for (const chunk of chunks) {
    stream.push(chunk, block, rejections, NOW_S);
    for (let i = 0; i < block.count; i++)
      points.push([block.name(i), block.timestamps[i], block.values[i], block.unusualName[i]]);
  }
  return { points, rejections, state: stream.state };
}

const bytes = (text: string): Uint8Array => Buffer.from(text);

describe('LineStream', () => {
  it('flags the names that may need tag normalisation, on both paths', () => {
    for (const blank of [' ', '  ']) {
      const names = ['a', 'a;b=c', 'a{b="c"}', '~a', 'a~'];
      const lines = names.map((name) => `${name}${blank}1 2\n`).join('');
      expect(decode([bytes(lines)]).points.map((point) => point[3])).to.deep.equal([0, 1, 1, 1, 0]);
    }
  });

  it('rounds every number as the JavaScript engine does', () => {
    const number = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.tuple(fc.bigInt(-(10n ** 30n), 10n ** 30n), fc.nat(30)).map(([n, k]) => {
        const digits = String(n < 0n ? -n : n).padStart(k + 1, '0');
        const cut = digits.length - k;
        return `${n < 0n ? '-' : ''}${digits.slice(0, cut)}.${digits.slice(cut)}`;
      }),
    );
    fc.assert(
      fc.property(number, (text) => {
        expect(decode([bytes(`a ${text} 1700000000\n`)]).points[0][2]).to.equal(Number(text));
      }),
      { ...RUNS, numRuns: 1000 },
    );
  });

  it('gives the same points wherever the input is cut', () => {
    const input = bytes(
      'plain 1 1700000000\r\nodd  2e3\t-1 \nbad\né;t=名 nan 5\né;t=名 5 5\n{"} -0 7.5\nrest 1',
    );
    const whole = decode([input]);
    expect(whole.points).to.have.length(4);
    for (let cut = 0; cut <= input.length; cut++) {
      const halves = decode([input.subarray(0, cut), input.subarray(cut)]);
      expect(halves.points, `cut at ${cut}`).to.deep.equal(whole.points);
      expect(halves.rejections.total).to.equal(whole.rejections.total);
    }
    const single = decode(Array.from(input, (byte) => Uint8Array.of(byte)));
    expect(single.points).to.deep.equal(whole.points);
  });

  it('keeps the cut line though the caller reuses the chunk', () => {
    const chunk = Buffer.from('kept 1 ');
    const stream = new LineStream();
    decode([chunk], stream);
    chunk.fill(0);
    expect(decode([bytes('2\n')], stream).points).to.deep.equal([['kept', 2, 1, 0]]);
  });

  it('keeps the lines of two connections apart in one join buffer', () => {
    const join = new JoinBuffer();
    const [one, two] = [new LineStream(join), new LineStream(join)];
    decode([bytes('one 1 ')], one);
    decode([bytes('two 2 ')], two);
    expect(decode([bytes('10\n')], one).points).to.deep.equal([['one', 10, 1, 0]]);
    expect(decode([bytes('20\n')], two).points).to.deep.equal([['two', 20, 2, 0]]);
  });

  it('joins lines that were cut with what is read into room behind headroom', () => {
    const room = roomWithHeadroom(64);
    const join = new JoinBuffer();
    const [one, two] = [new LineStream(join), new LineStream(join)];
    const read = (text: string, stream: LineStream): unknown => {
      room.set(bytes(text));
      return decode([room.subarray(0, text.length)], stream).points;
    };
    const long = 'n'.repeat(16_300);
    expect(read('a 1 10\nb.cut', one)).to.deep.equal([['a', 10, 1, 0]]);
    decode([bytes(`${long} `)], two);
    expect(read('.name 2 20\nc 3', one)).to.deep.equal([['b.cut.name', 20, 2, 0]]);
    expect(read('4 40\nd 5 50\n', two)).to.deep.equal([
      [long, 40, 4, 0],
      ['d', 50, 5, 0],
    ]);
    expect(read(' 30\n', one)).to.deep.equal([['c', 30, 3, 0]]);
    // What does not lie at the beginning of the room has bytes of others before it.
    decode([bytes('e 6')], one);
    room.set(bytes('keep 60\n'));
    expect(decode([room.subarray(4, 8)], one).points).to.deep.equal([['e', 60, 6, 0]]);
    expect(Buffer.from(room.subarray(0, 4)).toString()).to.equal('keep');
  });

  it('counts a NaN value by its own reason', () => {
    const { rejections } = decode([bytes('a nan 1\nb x 1\n')]);
    expect([rejections.count('nan-value'), rejections.count('malformed-line')]).to.deep.equal([
      1, 1,
    ]);
  });

  it('closes a connection that sends 16385 bytes without a newline, and then ignores it', () => {
    const stream = new LineStream();
    expect(decode([new Uint8Array(16384).fill(97)], stream).state).to.equal('open');
    const { state, rejections } = decode([bytes('a')], stream);
    expect(state).to.equal('line-too-long');
    expect(rejections.count('line-too-long')).to.equal(1);
    const after = decode([bytes('\nlate 1 1\n')], stream);
    expect([after.points, after.rejections.total, after.state]).to.deep.equal([
      [],
      0,
      'line-too-long',
    ]);
  });

  it('decides quickly on long lines made to backtrack', () => {
    const started = performance.now();
    for (const filler of ['1', '1_', ' ', '٣', '.'])
      decode([bytes(`a ${filler.repeat(8000)}x 1\n`)]);
    expect(performance.now() - started).to.be.below(3000);
  });

  it('survives random bytes, and the next connection is unharmed', () => {
    const soup = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .array(fc.constantFrom(...' \n\r;{}~.-+eE019anif_é\0'), { maxLength: 200 })
        .map((chars) => new Uint8Array(bytes(chars.join('')))),
    );
    fc.assert(
      fc.property(fc.array(soup, { maxLength: 5 }), (chunks) => {
        const block = new PointBlock();
        const stream = new LineStream();
        const counts = new RejectionCounts();
        for (const chunk of chunks) {
          stream.push(chunk, block, counts, NOW_S);
          for (let i = 0; i < block.count; i++) {
            expect(block.nameStart[i]).to.be.below(block.nameEnd[i]);
            expect(Number.isFinite(block.timestamps[i])).to.equal(true);
            expect(block.values[i]).not.to.be.NaN;
          }
        }
        expect(decode([bytes('good 1 2\n')]).points).to.deep.equal([['good', 2, 1, 0]]);
      }),
      RUNS,
    );
  });
});
