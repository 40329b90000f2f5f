import { expect } from 'chai';
import fc from 'fast-check';
import { decodePickle } from '../../../src/protocols/pickle-decoder.js';
import { PlainPickle } from '../../../src/protocols/pickle-plain.js';
import type { PickleTuple, PickleValue } from '../../../src/protocols/pickle-values.js';
import { PointBlock } from '../../../src/protocols/points.js';

const BASE = 3;
const plain = new PlainPickle();

/** The points of a frame by the fast path; undefined where it leaves the frame to the other one. */
function decodePlain(frame: Uint8Array): [string, number, number][] | undefined {
  const block = new PointBlock();
  block.clear(Buffer.concat([Buffer.alloc(BASE), frame]));
  if (!plain.decode(frame, BASE, block, 0)) return undefined;
  return Array.from({ length: block.count }, (_, i) => [
    block.name(i),
    block.timestamps[i],
    block.values[i],
  ]);
}

function decodeInFull(frame: Uint8Array): [string, number, number][] {
  const items = decodePickle(frame).value as PickleTuple[];
  return items.map((item) => {
    const [name, datapoint] = item.items;
    const [timestamp, value] = (datapoint as PickleTuple).items as PickleValue[];
    return [name as string, timestamp as number, value as number];
  });
}

const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** Opcodes of one item in the order that a pickler writes them, now and then another. */
const item = fc
  .tuple(
    fc.constantFrom('U\x01a', 'X\x03\0\0\0m;a', '\x8c\x02~b', 'h\x01', 'h\x02', 'U\0', 'U\x01\xff'),
    fc.constantFrom('', '', '\x94', 'q\x01', '\x95\x04\0\0\0\0\0\0\0'),
    fc.constantFrom(
      'K\x05',
      'J\x01\x02\x03\x04',
      'M\x01\x02',
      'G@\0\0\0\0\0\0\0',
      '\x8a\x05\0\0\0\0\x01',
    ),
    fc.constantFrom('K\x06', 'G\xbf\xf8\0\0\0\0\0\0', '\x8a\x05\xff\xff\xff\xff\xff', 'N', 'K'),
    fc.constantFrom('\x86', '\x86', '\x86', '\x86\x94', '\x86q\x02', '\x85'),
    fc.constantFrom('\x86', '\x86', '\x86', '\x86\x94', '\x86q\x03', '0'),
  )
  .map((parts) => parts.join(''));

const frame = fc
  .tuple(
    fc.constantFrom('', '\x80\x02', '\x80\x04', '\x80\x02\x95\x08\0\0\0\0\0\0\0'),
    fc.constantFrom(']', ']', ']q\0', ']q\x01', ']\x94'),
    fc.array(item, { maxLength: 4 }),
    fc.constantFrom('batch', 'single'),
    fc.constantFrom('.', '.', '.', '', '.x'),
  )
  .map(([head, list, items, how, stop]) => {
    const body = how === 'batch' ? `(${items.join('')}e` : items.map((each) => `${each}a`).join('');
    return latin1(head + list + body + stop);
  });

describe('PlainPickle', () => {
  it('gives what the full decoder gives, or leaves the frame to it', () => {
    let taken = 0;
    fc.assert(
      fc.property(frame, (bytes) => {
        const points = decodePlain(bytes);
        if (points === undefined) return;
        if (points.length > 0) taken++;
        expect(points).to.deep.equal(decodeInFull(bytes));
      }),
      { seed: 20081, numRuns: 5000 },
    );
    expect(taken).to.be.above(100);
  });

  it('leaves every cut or changed frame to the full decoder, unless that reads it the same way', () => {
    const good = latin1(
      '\x80\x02]q\0(U\x01aq\x01K\x05K\x06\x86q\x02\x86q\x03h\x01K\x05K\x07\x86\x86e.',
    );
    expect(decodePlain(good)).to.deep.equal([
      ['a', 5, 6],
      ['a', 5, 7],
    ]);
    for (let cut = 0; cut < good.length; cut++)
      expect(decodePlain(good.subarray(0, cut)), `cut at ${cut}`).to.equal(undefined);
    for (let at = 0; at < good.length; at++)
      for (let byte = 0; byte < 256; byte++) {
        const changed = Uint8Array.from(good);
        changed[at] = byte;
        const points = decodePlain(changed);
        if (points) expect(points).to.deep.equal(decodeInFull(changed));
      }
  });

  it('takes the frames of Python 2, whose memo counts from 1', () => {
    const bytes = latin1(
      '\x80\x02]q\x01(U\x01aq\x02K\x05K\x06\x86q\x03\x86q\x04h\x02K\x05K\x07\x86\x86e.',
    );
    expect(decodePlain(bytes)).to.deep.equal(decodeInFull(bytes));
  });
});
