import { expect } from 'chai';
import fc from 'fast-check';
import { TextKernel } from '../../../../../src/protocols/kernel/lines/text-kernel.js';
import { LineWriter } from '../../../../../src/protocols/writers/line-writer.js';
import {
  MESSAGE_BYTES,
  NO_MESSAGE,
  type OpenMessages,
} from '../../../../../src/protocols/writers/open-messages.js';
import { WrittenMessages } from '../../../../../src/protocols/writers/written-messages.js';
import { anyDoubles, decimalDoubles, hardDoubles } from '../../../../support/doubles.js';
import { blockOf, type NamedPoint } from '../../../../support/fake-points.js';
import { Random, seedOf } from '../../../../support/random.js';

const MESSAGES = 3;
/** DOUBLES_SEED repeats a run. */
const SEED = seedOf('DOUBLES_SEED');
const kernel = new TextKernel(MESSAGES);

interface Load {
  points: NamedPoint[];
  /** Of each point, the messages it goes to. */
  chosen: number[][];
  copies: number;
}

/** The text of each message after some loads, and how many points were refused. */
function textsOf(open: OpenMessages, loads: readonly Load[]) {
  const texts = open.messages.map(() => '');
  const refused = open.messages.map(() => 0);
  const seal = (i: number): void => {
    texts[i] += Buffer.from(open.messages[i].seal(new Uint8Array(MESSAGE_BYTES))).toString();
  };
  const takers = open.messages.map((_, i) => ({
    flush: () => seal(i),
    unsendable: () => void refused[i]++,
  }));
  const points = open.messages.map(() => 0);
  for (const { points: named, chosen, copies } of loads) {
    const into = new Uint16Array(named.length * copies).fill(NO_MESSAGE);
    for (const [i, messages] of chosen.entries()) into.set(messages, i * copies);
    open.append(blockOf(named), into, copies, takers);
    for (const i of points.keys()) points[i] = open.messages[i].points;
  }
  for (const i of texts.keys()) seal(i);
  expect(open.messages.map((message) => message.points)).to.deep.equal([0, 0, 0]);
  return { texts, refused, points };
}

/** Line after line by the plain rule. */
function twin(): OpenMessages {
  return new WrittenMessages(Array.from({ length: MESSAGES }, () => new LineWriter()));
}

function expectTwins(loads: readonly Load[]): void {
  const { texts, refused } = textsOf(kernel, loads);
  const wanted = textsOf(twin(), loads);
  expect(texts).to.deep.equal(wanted.texts);
  expect(refused).to.deep.equal(wanted.refused);
}

const name = fc.oneof(
  { weight: 8, arbitrary: fc.stringMatching(/^[a-z.é;=]{1,70}$/) },
  {
    weight: 1,
    arbitrary: fc.string({
      unit: fc.constantFrom('a', 'b', ' ', '\t', '\f', '\x1c', '\x01'),
      minLength: 1,
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom(...[1, 15, 16, 17, 4_000].map((n) => 'x'.repeat(n))) },
);
const decimal = fc
  .tuple(fc.integer({ min: -(10 ** 9), max: 10 ** 9 }), fc.integer({ min: 0, max: 7 }))
  .map(([mantissa, decimals]) => Number(`${mantissa}e-${decimals}`));
const value = fc.oneof(
  decimal,
  fc.maxSafeInteger(),
  fc.double(),
  fc.maxSafeInteger().map((whole) => whole / 1e6),
  fc.constantFrom(0, -0, 1e9 - 1, 1e9, 1e15, 2 ** 53, 2 ** 53 - 1, 1e21, 1e-7, Number.NaN),
);
const time = fc.oneof(
  fc.integer({ min: 1_700_000_000, max: 1_700_000_003 }),
  fc.nat({ max: 2 ** 31 - 1 }),
  fc.double(),
  fc.constantFrom(0, -1, -0.5, 0.5, 2 ** 32 - 0.5, 2 ** 32, 9_999_999_999),
);
const load = fc.integer({ min: 1, max: 3 }).chain((copies) => {
  const some = fc.subarray([0, 1, 2], { maxLength: copies });
  return fc.array(fc.tuple(name, time, value, some), { maxLength: 60 }).map(
    (rows): Load => ({
      points: rows.map(([text, timestamp, number]) => [text, timestamp, number]),
      chosen: rows.map(([, , , messages]) => messages),
      copies,
    }),
  );
});

describe('TextKernel', () => {
  before(() => console.log(`  DOUBLES_SEED=${SEED}`));

  it('writes the lines that its twin writes, to the same messages, in the same order', () => {
    fc.assert(
      fc.property(fc.array(load, { maxLength: 3 }), (loads) => expectTwins(loads)),
      { numRuns: 200 },
    );
  });

  it('writes any value as its twin does', () => {
    const random = new Random(SEED);
    const values = [
      ...hardDoubles(),
      ...anyDoubles(random, 5_000),
      ...decimalDoubles(random, 5_000),
    ];
    const points = values.map((number): NamedPoint => ['m', 1_700_000_000, number]);
    expectTwins([{ points, chosen: points.map(() => [0]), copies: 1 }]);
  });

  it('seals a message that is full, and fills the next one', () => {
    const points = Array.from({ length: 20_000 }, (_, i): NamedPoint => [`m.${i % 700}`, i, i / 4]);
    const chosen = points.map((_, i) => (i % 3 === 0 ? [2] : [i % 2, 2]));
    expectTwins([{ points, chosen, copies: 2 }]);
  });

  it('takes blocks with more bytes of names than go into one call', () => {
    const points = Array.from(
      { length: 1_500 },
      (_, i): NamedPoint => ['abcdefg'[i % 7].repeat(1 + (i % 900)), 1_700_000_000, i],
    );
    expectTwins([{ points, chosen: points.map(() => [1]), copies: 1 }]);
  });

  it('takes more messages for a point than there are points in a call', () => {
    const count = 40;
    const many = new TextKernel(count);
    const points = Array.from({ length: 3_000 }, (_, i): NamedPoint => ['m', i, i]);
    const into = new Uint16Array(points.length * count);
    for (const i of into.keys()) into[i] = i % count;
    const lines = many.messages.map(() => 0);
    const takers = many.messages.map((message, i) => ({
      flush: () => {
        const text = Buffer.from(message.seal(new Uint8Array(MESSAGE_BYTES))).toString();
        lines[i] += text.split('\n').length - 1;
      },
      unsendable: () => expect.fail('all can be sent'),
    }));
    many.append(blockOf(points), into, count, takers);
    for (const taker of takers) taker.flush();
    expect(lines).to.deep.equal(new Array(count).fill(3_000));
  });

  it('refuses a name that is longer than a message', () => {
    const points: NamedPoint[] = [
      ['a', 1, 1],
      ['b'.repeat(70_000), 2, 2],
      ['c'.repeat(300_000), 3, 3],
      ['d', 4, 4],
    ];
    const { texts, refused } = textsOf(kernel, [
      { points, chosen: points.map(() => [0]), copies: 1 },
    ]);
    expect(texts[0]).to.equal('a 1 1\nd 4 4\n');
    expect(refused).to.deep.equal([2, 0, 0]);
  });

  it('counts the points of a message, and forgets them', () => {
    const points: NamedPoint[] = [
      ['a', 1, 1],
      ['b', 2, 2],
    ];
    kernel.append(blockOf(points), Uint16Array.of(1, 1), 1, []);
    expect(kernel.messages.map((message) => message.points)).to.deep.equal([0, 2, 0]);
    kernel.messages[1].clear();
    expect(kernel.messages[1].points).to.equal(0);
    expect(kernel.messages[1].seal(new Uint8Array(MESSAGE_BYTES))).to.have.length(0);
  });
});
