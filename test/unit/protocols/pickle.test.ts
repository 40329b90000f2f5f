import { expect } from 'chai';
import fc from 'fast-check';
import { FrameStream } from '../../../src/protocols/frame-stream.js';
import { decodePickle } from '../../../src/protocols/pickle-decoder.js';
import { PickleWriter } from '../../../src/protocols/pickle-encoder.js';
import { PickleTuple, type PickleValue } from '../../../src/protocols/pickle-values.js';

const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** Opcodes with small arguments: random rows of them get far more often past the first one than bytes do. */
const OPCODE_SAMPLES = [
  ...'N\x88\x89])}\x8flt\x85\x86\x87d\x91aesu\x90(012\x94\x93RobQ\x97\x98.',
  ...['K\x05', 'J\xff\xff\xff\xff', 'I01\n', 'L5L\n', '\x8a\x01\xff', 'F1.5\n', "S'a'\n", 'Va\n'],
  ...[
    'U\x01a',
    'X\x01\0\0\0k',
    '\x8c\x01z',
    'C\x01\xfe',
    'g0\n',
    'h\0',
    'p0\n',
    'q\0',
    'cos\nsystem\n',
  ],
];

describe('decodePickle', () => {
  it('survives random opcodes and random bytes', () => {
    const program = fc
      .array(fc.constantFrom(...OPCODE_SAMPLES), { maxLength: 30 })
      .map((parts) => latin1(`${parts.join('')}.`));
    let decoded = 0;
    fc.assert(
      fc.property(fc.oneof(program, fc.uint8Array({ maxLength: 60 })), (bytes) => {
        if (decodePickle(bytes).fault === undefined) decoded++;
      }),
      { seed: 20051, numRuns: 3000 },
    );
    expect(decoded).to.be.above(100);
  });

  it('refuses every way to name a global before it looks at it', () => {
    for (const text of [
      'cos\nsystem\n.',
      '(ios\nsystem\n.',
      '\x80\x04\x8c\x02os\x8c\x06system\x93.',
    ])
      expect(decodePickle(latin1(text)).fault, text).to.equal('forbidden');
  });

  it('reads the text of a number up to a NUL, as C does', () => {
    for (const number of ['I12', 'L12', 'L12L', 'F12.0'])
      expect(decodePickle(latin1(`${number}\0junk\n.`)).value, number).to.equal(12);
  });

  it('stops at its limit of objects', () => {
    expect(decodePickle(latin1('(((N.'), 4).fault).to.equal(undefined);
    expect(decodePickle(latin1('(((N.'), 3).fault).to.equal('malformed');
  });

  it('takes a memo index far above what the pickle fills, without making room for it', () => {
    expect(decodePickle(latin1('Nr\xff\xff\xff\xff0j\xff\xff\xff\xff.')).value).to.equal(null);
  });

  it('knows in no time what is hashable in tuples of shared tuples', () => {
    const doubled = '2\x86'.repeat(200);
    expect(decodePickle(latin1(`})${doubled}Ns.`))).to.have.property('fault', undefined);
    expect(decodePickle(latin1(`}]${doubled}Ns.`))).to.have.property('fault', 'fatal');
  });

  it('builds a list that holds itself', () => {
    const list = decodePickle(latin1(']2a.')).value as PickleValue[];
    expect(list[0]).to.equal(list);
  });

  it('decodes deep nesting without recursion', () => {
    const depth = 100_000;
    let value = decodePickle(latin1(`${'('.repeat(depth)}${'t'.repeat(depth)}.`)).value;
    for (let i = 1; i < depth; i++) value = (value as PickleTuple).items[0];
    expect(value).to.deep.equal(new PickleTuple([]));
  });
});

describe('PickleWriter', () => {
  it('writes what decodePickle reads', () => {
    const scalar = fc.oneof(
      fc.constant(null),
      fc.boolean(),
      fc.maxSafeInteger(),
      fc.double({ noNaN: true }),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(scalar), (values) => {
        const writer = new PickleWriter().list().mark();
        for (const value of values) write(writer, value);
        const frame = writer.appends().finish();
        expect(Buffer.from(frame).readUInt32BE()).to.equal(frame.length - 4);
        expect(decodePickle(frame.subarray(4)).value).to.deep.equal(values);
      }),
      { seed: 20052, numRuns: 300 },
    );
  });

  function write(writer: PickleWriter, value: null | boolean | number | string): void {
    if (value === null) writer.none();
    else if (typeof value === 'boolean') writer.boolean(value);
    else if (typeof value === 'string') writer.text(value);
    else if (Number.isSafeInteger(value) && !Object.is(value, -0)) writer.integer(value);
    else writer.float(value);
  }

  it('writes pairs and dicts', () => {
    const frame = new PickleWriter().dict().mark().text('k').float(1).float(2).pair().setItems();
    const dict = decodePickle(frame.finish().subarray(4)).value;
    expect(dict).to.deep.equal(new Map([['k', new PickleTuple([1, 2])]]));
  });
});

describe('FrameStream', () => {
  const frameOf = (payload: Uint8Array): Uint8Array => {
    const prefix = Buffer.alloc(4);
    prefix.writeUInt32BE(payload.length);
    return Buffer.concat([prefix, payload]);
  };

  it('gives the same frames however the bytes are cut', () => {
    const payloads = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 });
    const cuts = fc.array(fc.nat(250), { maxLength: 8 });
    fc.assert(
      fc.property(payloads, cuts, (wanted, at) => {
        const bytes = Buffer.concat(wanted.map(frameOf));
        const edges = [
          0,
          ...at.filter((p) => p < bytes.length).sort((a, b) => a - b),
          bytes.length,
        ];
        const stream = new FrameStream(40);
        const frames: number[][] = [];
        for (let i = 1; i < edges.length; i++)
          for (const frame of stream.push(bytes.subarray(edges[i - 1], edges[i])))
            frames.push(Array.from(frame));
        expect(frames).to.deep.equal(wanted.map((payload) => Array.from(payload)));
        expect(stream.overlong).to.equal(false);
      }),
      { seed: 20053, numRuns: 500 },
    );
  });

  it('stops at a length above its limit, cut or not, and gives the frames before it', () => {
    const bytes = Buffer.concat([frameOf(latin1('good')), latin1('\xff\0\0\0xxxx')]);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const stream = new FrameStream(100);
      const frames = [
        ...stream.push(bytes.subarray(0, cut)),
        ...stream.push(bytes.subarray(cut)),
        ...stream.push(frameOf(latin1('late'))),
      ];
      expect(frames.map((frame) => Buffer.from(frame).toString())).to.deep.equal(['good']);
      expect(stream.overlong).to.equal(true);
    }
  });
});
