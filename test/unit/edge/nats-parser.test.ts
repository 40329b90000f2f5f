import { expect } from 'chai';
import fc from 'fast-check';
import { Kind, Parser, type ParserEvent } from 'nats/lib/nats-base-client/parser.js';
import { makeRoomForWholeMessages } from '../../../src/edge/nats-parser.js';

/** What the client's parser reads from pieces. */
function payloadsOf(pieces: readonly Uint8Array[]): Buffer[] {
  const payloads: Buffer[] = [];
  const push = (event: ParserEvent): void => {
    if (event.kind === Kind.MSG) payloads.push(Buffer.from(event.data as Uint8Array));
  };
  const parser = new Parser({ push });
  for (const piece of pieces) parser.parse(piece);
  return payloads;
}

function piecesOf(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const length = lengths[n % lengths.length];
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

describe('the parser of the NATS client', () => {
  before(makeRoomForWholeMessages);

  it('reads the same messages in whatever pieces they come', () => {
    const payload = fc.uint8Array({ maxLength: 300 });
    const lengths = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(fc.array(payload, { maxLength: 5 }), lengths, (payloads, cuts) => {
        const wire = payloads.flatMap((bytes) => [
          Buffer.from(`MSG a.b 1 c.d ${bytes.length}\r\n`),
          bytes,
          Buffer.from('\r\n'),
        ]);
        const read = payloadsOf(piecesOf(Buffer.concat(wire), cuts));
        expect(read).to.deep.equal(payloads.map((bytes) => Buffer.from(bytes)));
      }),
    );
  });

  it('has room for no more than a message and its first piece, however long it is', () => {
    const wire = Buffer.concat([Buffer.from('MSG a 1 200000\r\n'), Buffer.alloc(200_002, 7)]);
    let room = 0;
    const parser = new Parser({
      push: (event) => {
        room = (event.data as Uint8Array).buffer.byteLength;
      },
    });
    for (const piece of piecesOf(wire, [10_016, 65_536])) parser.parse(piece);
    expect(room).to.be.within(200_000, 215_000);
  });
});
