import { expect } from 'chai';
import fc from 'fast-check';
import { Kind, Parser, type ParserEvent } from 'nats/lib/nats-base-client/parser.js';
import { LARGE_PAYLOAD_BYTES, NatsFraming } from '../../../src/edge/nats-framing.js';
import { makeRoomForWholeMessages, type NatsPiece } from '../../../src/edge/nats-parser.js';
import { PayloadRooms } from '../../../src/edge/nats-payload-rooms.js';

/** What a server says. */
type Said = { headers: number | undefined; reply: boolean; length: number } | string;

const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('latin1');

function wire(said: readonly Said[]): Buffer {
  return Buffer.concat(
    said.map((one, i) => {
      if (typeof one === 'string') return Buffer.from(`${one}\r\n`);
      const { headers, reply, length } = one;
      const total = length + (headers ?? 0);
      const [op, sizes] =
        headers === undefined ? ['MSG', `${total}`] : ['HMSG', `${headers} ${total}`];
      const line = `${op} to.${i} ${i + 1} ${reply ? `back.${i} ` : ''}${sizes}\r\n`;
      return Buffer.concat([Buffer.from(line), Buffer.alloc(total, i + 1), Buffer.from('\r\n')]);
    }),
  );
}

/** What the client's parser makes of pieces, noted as soon as it says so. */
function parsed(feed: (parse: (piece: NatsPiece) => void) => void): string[] {
  const events: string[] = [];
  const push = ({ kind, msg, data }: ParserEvent): void => {
    const head = msg && [text(msg.subject), msg.sid, text(msg.reply), msg.hdr, msg.size].join(' ');
    events.push(`${Kind[kind]} ${head ?? ''} ${text(data)}`);
  };
  const parser = new Parser({ push });
  feed((piece) => parser.parse(piece as Uint8Array));
  return events;
}

/** As a connection reads: all pieces lie in the same memory, one after the other. */
function feedPieces(
  bytes: Buffer,
  cuts: readonly number[],
  read: (piece: Uint8Array) => void,
): void {
  const room = Buffer.alloc(Math.max(...cuts));
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const length = bytes.copy(room, 0, at, at + cuts[n % cuts.length]);
    read(room.subarray(0, length));
    room.fill(0xff);
    at += length;
  }
}

const message = fc.record({
  headers: fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined }),
  reply: fc.boolean(),
  length: fc.oneof(
    fc.integer({ min: 0, max: 40 }),
    fc.integer({ min: LARGE_PAYLOAD_BYTES - 70, max: LARGE_PAYLOAD_BYTES + 70 }),
    fc.constant(3 * LARGE_PAYLOAD_BYTES),
  ),
});
const others = fc.constantFrom('PING', 'PONG', '+OK', "-ERR 'Slow Consumer'", 'INFO {"a":1}');
const cuts = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 40_000 })),
  {
    minLength: 1,
    maxLength: 9,
  },
);

describe('NatsFraming', () => {
  before(makeRoomForWholeMessages);

  it('has the client read the same, in whatever pieces it comes', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(message, others), { maxLength: 6 }), cuts, (said, lengths) => {
        const bytes = wire(said);
        const expected = parsed((parse) => parse(bytes));
        const rooms = new PayloadRooms(1e6);
        const read = parsed((parse) => {
          const framing = new NatsFraming(rooms, parse, parse);
          feedPieces(bytes, lengths, (piece) => framing.read(piece));
        });
        expect(read).to.deep.equal(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('puts large messages into rooms, those that were given back first', () => {
    const rooms = new PayloadRooms(1e6);
    const payloads: Uint8Array[] = [];
    const framing = new NatsFraming(
      rooms,
      ({ payload }) => {
        payloads.push(payload);
        rooms.giveBack(payload);
      },
      () => expect.fail('there is nothing else'),
    );
    const large = { headers: undefined, reply: false, length: 100_000 };
    feedPieces(wire([large, large, large]), [65_536], (piece) => framing.read(piece));
    expect(payloads.map(({ length }) => length)).to.deep.equal([100_000, 100_000, 100_000]);
    expect(new Set(payloads.map(({ buffer }) => buffer)).size).to.equal(1);
  });
});
