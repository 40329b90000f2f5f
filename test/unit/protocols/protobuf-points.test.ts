import { expect } from 'chai';
import protobuf from 'protobufjs';
import { FramedPoints } from '../../../src/protocols/framed-points.js';
import { PointBlock } from '../../../src/protocols/points.js';
import { ProtobufPoints } from '../../../src/protocols/protobuf-points.js';
import { RejectionCounts } from '../../../src/protocols/rejection.js';
import { type NamedPoint, pointsOf } from '../../support/fake-points.js';
import { framed, payloadOf } from '../../support/protobuf-payload.js';

const { Writer } = protobuf;

function decode(...chunks: Uint8Array[]) {
  const stream = new FramedPoints(new ProtobufPoints());
  const block = new PointBlock();
  const rejections = new RejectionCounts();
  const points: NamedPoint[] = [];
  for (const chunk of chunks) {
    stream.push(chunk, block, rejections, 1_700_000_000);
    points.push(...pointsOf(block));
  }
  return { points, rejections, state: stream.state };
}

const POINTS: NamedPoint[] = [
  ['a.b', 1000, 1.5],
  ['m;t=1', 4_294_967_295, -2],
  ['é', 0, 0],
  ['', 7, Number.POSITIVE_INFINITY],
];
const GOOD = framed(payloadOf([['ok', 5, 6]]));

describe('ProtobufPoints', () => {
  it('decodes what protobufjs encodes, wherever the bytes are cut', () => {
    const bytes = Buffer.concat([framed(payloadOf(POINTS)), GOOD]);
    const all = [...POINTS, ['ok', 5, 6]];
    for (let cut = 0; cut <= bytes.length; cut++)
      expect(decode(bytes.subarray(0, cut), bytes.subarray(cut)).points).to.deep.equal(all);
  });

  it('marks the names that may need tag normalisation', () => {
    const block = new PointBlock();
    const stream = new FramedPoints(new ProtobufPoints());
    stream.push(framed(payloadOf(POINTS)), block, new RejectionCounts(), 0);
    expect([...block.unusualName.subarray(0, 4)]).to.deep.equal([0, 1, 0, 0]);
  });

  it('takes fields in any order, the last of each, and passes over unknown ones', () => {
    const point = new Writer()
      .uint32(17)
      .double(8)
      .uint32(29)
      .fixed32(1)
      .uint32(17)
      .double(9)
      .uint32(8)
      .uint32(50)
      .uint32(25)
      .fixed64(3)
      .finish();
    const metric = new Writer()
      .uint32(18)
      .bytes(point)
      .uint32(24)
      .uint64(2 ** 60);
    metric.uint32(10).string('first').uint32(10).string('second');
    const payload = new Writer().uint32(18).bytes(Buffer.from('??')).uint32(10);
    const { points, rejections } = decode(framed(payload.bytes(metric.finish()).finish()));
    expect(points).to.deep.equal([['second', 50, 9]]);
    expect(rejections.total).to.equal(0);
  });

  it('refuses NaN and keeps what stands beside it', () => {
    const { points, rejections } = decode(
      framed(
        payloadOf([
          ['a', 1, 1],
          ['b', 2, Number.NaN],
          ['c', 3, 3],
        ]),
      ),
    );
    expect(points).to.deep.equal([
      ['a', 1, 1],
      ['c', 3, 3],
    ]);
    expect(rejections.count('nan-value')).to.equal(1);
  });

  it('skips a frame that is no payload as a whole, and goes on', () => {
    const whole = payloadOf([['a.b', 1000, 1]]);
    const cutBehindValue = Buffer.concat([
      new Writer().uint32(17).double(8).finish(),
      Buffer.of(0x80),
    ]);
    const inMetric = (metric: Uint8Array) => new Writer().uint32(10).bytes(metric).finish();
    const bad = [
      whole.subarray(0, whole.length - 1),
      Buffer.concat([whole, Buffer.of(0x0b)]),
      Buffer.concat([whole, Buffer.of(0)]),
      Buffer.concat([whole, Buffer.alloc(11, 0x80)]),
      new Writer()
        .uint32(10)
        .bytes(new Writer().uint32(10).bytes(Buffer.of(0xff)).finish())
        .finish(),
      inMetric(new Writer().uint32(18).bytes(cutBehindValue).finish()),
      Buffer.from('not protobuf at all'),
    ];
    for (const payload of bad) {
      const { points, rejections, state } = decode(Buffer.concat([framed(payload), GOOD]));
      expect([points, rejections.count('malformed-protobuf'), state]).to.deep.equal([
        [['ok', 5, 6]],
        1,
        'open',
      ]);
    }
  });

  it('closes a connection whose frame is too long', () => {
    expect(decode(Buffer.of(0, 0x10, 0, 1)).state).to.equal('frame-too-long');
  });
});
