import { expect } from 'chai';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { FramedPoints } from '../../../../src/protocols/framed-points.js';
import { LineStream } from '../../../../src/protocols/line.js';
import { PicklePoints } from '../../../../src/protocols/pickle-points.js';
import { PointBlock } from '../../../../src/protocols/points.js';
import { RejectionCounts } from '../../../../src/protocols/rejection.js';
import type { StreamDecoder } from '../../../../src/protocols/stream-decoder.js';
import { LineWriter } from '../../../../src/protocols/writers/line-writer.js';
import { PicklePointWriter } from '../../../../src/protocols/writers/pickle-point-writer.js';
import type { PointWriter } from '../../../../src/protocols/writers/point-writer.js';
import { ProtobufPointWriter } from '../../../../src/protocols/writers/protobuf-point-writer.js';
import { type NamedPoint, pointsOf } from '../../../support/fake-points.js';

const NOW_S = 1_700_000_000;

/** Carbon's `carbon.proto`. */
const Payload = protobuf
  .parse(
    `syntax = "proto3";
     message Point { uint32 timestamp = 1; double value = 2; }
     message Metric { string metric = 1; repeated Point points = 2; }
     message Payload { repeated Metric metrics = 1; }`,
  )
  .root.lookupType('Payload');

interface DecodedPayload {
  metrics: { metric: string; points: { timestamp: number; value: number }[] }[];
}

/** The messages that a writer makes of points, each with how many points it took. */
function messagesOf(writer: PointWriter, points: readonly NamedPoint[], bufferBytes = 4096) {
  const messages: Uint8Array[] = [];
  let unsendable = 0;
  const begin = (): void => writer.begin(new Uint8Array(bufferBytes).fill(0xaa));
  let buffer = new Uint8Array(0);
  writer.begin((buffer = new Uint8Array(bufferBytes)));
  const finish = (): void => {
    if (writer.points > 0) messages.push(buffer.subarray(0, writer.finish()));
    writer.begin((buffer = new Uint8Array(bufferBytes)));
  };
  for (const [name, timestamp, value] of points) {
    const bytes = Buffer.from(`<${name}>`);
    if (!writer.fits(bytes.length - 2)) finish();
    if (!writer.append(bytes, 1, bytes.length - 1, timestamp, value)) unsendable++;
  }
  finish();
  begin();
  return { messages, unsendable };
}

function readLines(messages: Uint8Array[]): NamedPoint[] {
  return readBy(new LineStream(), messages);
}

function readPickles(messages: Uint8Array[]): NamedPoint[] {
  return readBy(new FramedPoints(new PicklePoints()), messages);
}

function readBy(stream: StreamDecoder, messages: Uint8Array[]): NamedPoint[] {
  const block = new PointBlock();
  const rejections = new RejectionCounts();
  const points = messages.flatMap((message) => {
    stream.push(message, block, rejections, NOW_S);
    return pointsOf(block);
  });
  expect(rejections.total).to.equal(0);
  return points;
}

function readProtobuf(messages: Uint8Array[]): NamedPoint[] {
  return messages.flatMap((message) => {
    const length = Buffer.from(message).readUInt32BE(0);
    expect(length).to.equal(message.length - 4);
    const { metrics } = Payload.decode(message.subarray(4)) as unknown as DecodedPayload;
    return metrics.map(({ metric, points }): NamedPoint => {
      expect(points).to.have.length(1);
      return [metric, points[0].timestamp, points[0].value];
    });
  });
}

const name = fc
  .string({ unit: fc.constantFrom('a', 'B', '.', ';', '=', 'é', '😀', '-'), minLength: 1 })
  .map((text) => `m${text}`);
const value = fc.oneof(fc.integer(), fc.double({ noNaN: true }));
const point = fc.tuple(name, fc.nat({ max: 2 ** 32 - 1 }), value);

const PROTOCOLS: [string, (max: number) => PointWriter, (m: Uint8Array[]) => NamedPoint[]][] = [
  ['LineWriter', () => new LineWriter(), readLines],
  ['PicklePointWriter', (max) => new PicklePointWriter(max), readPickles],
  ['ProtobufPointWriter', (max) => new ProtobufPointWriter(max), readProtobuf],
];

for (const [title, make, read] of PROTOCOLS) {
  describe(title, () => {
    it('is read back as it was written, over any number of messages', () => {
      fc.assert(
        fc.property(fc.array(point, { maxLength: 60 }), (points) => {
          const { messages, unsendable } = messagesOf(make(1_000), points, 600);
          expect(read(messages)).to.deep.equal(points);
          expect(unsendable).to.equal(0);
        }),
      );
    });

    it('cuts off a fraction of a second', () => {
      const { messages } = messagesOf(make(10), [['a', 1_700_000_000.75, 1]]);
      expect(read(messages)).to.deep.equal([['a', 1_700_000_000, 1]]);
    });
  });
}

describe('LineWriter', () => {
  it('writes lines as carbon does, without rounding', () => {
    const { messages } = messagesOf(new LineWriter(), [
      ['a.b', 1_700_000_000, 1.25],
      ['a;t=v', 1_700_000_000, 3],
      ['c', 1_700_000_010, 0.1 + 0.2],
    ]);
    expect(Buffer.concat(messages).toString()).to.equal(
      'a.b 1.25 1700000000\na;t=v 3 1700000000\nc 0.30000000000000004 1700000010\n',
    );
  });

  it('does not send a name that would be read as something else', () => {
    const points: NamedPoint[] = [
      ['a b', 1, 1],
      ['good', 1, 1],
      ['a\tb', 1, 1],
      ['a\x1fb', 1, 1],
    ];
    const { messages, unsendable } = messagesOf(new LineWriter(), points);
    expect(unsendable).to.equal(3);
    expect(Buffer.concat(messages).toString()).to.equal('good 1 1\n');
  });
});

describe('points of a message', () => {
  for (const [title, make, read] of PROTOCOLS.slice(1)) {
    it(`${title} keeps to MAX_DATAPOINTS_PER_MESSAGE`, () => {
      const points = Array.from({ length: 7 }, (_, i): NamedPoint => [`m${i}`, i, i]);
      const { messages } = messagesOf(make(3), points);
      expect(messages).to.have.length(3);
      expect(read(messages)).to.deep.equal(points);
    });
  }

  it('a time beyond a uint32 cannot be said in protobuf, and can in a pickle', () => {
    const late: NamedPoint[] = [['a', 2 ** 33, 1]];
    expect(messagesOf(new ProtobufPointWriter(9), late).unsendable).to.equal(1);
    expect(readPickles(messagesOf(new PicklePointWriter(9), late).messages)).to.deep.equal(late);
  });
});
