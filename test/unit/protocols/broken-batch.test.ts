import { expect } from 'chai';
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { decodeBatch, pointsAtMost } from '../../../src/protocols/batch.js';
import { batchOf, blockOf, type NamedPoint } from '../../support/fake-points.js';

/** A producer's msgpack library, with its own choices. */
const producer = new Packr({ useRecords: false });

const POINTS: NamedPoint[] = [
  ['servers.web1.cpu', 1_700_000_000, 0.1],
  ['zürich.温度', 1_700_000_000.25, -1e300],
  ['servers.web1.cpu', -1, Number.POSITIVE_INFINITY],
];

/** Decodes what may be no batch into a block that held points before. */
function decoded(payload: Uint8Array): void {
  const block = blockOf([['before', 1, 2]]);
  if (decodeBatch(payload, block) !== undefined)
    expect(block.count, 'points of a refused batch').to.equal(0);
}

describe('columnar batch that is broken', () => {
  it('never throws, whatever bytes arrive', () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    const flipped = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })).map(([at, value]) => {
      const payload = batchOf(POINTS);
      payload[at % payload.length] = value;
      return payload as Uint8Array;
    });
    fc.assert(
      fc.property(fc.oneof(bytes, flipped), (payload) => decoded(payload)),
      {
        numRuns: 2000,
      },
    );
  });

  it('never throws, whatever a map holds', () => {
    const field = fc.oneof(
      fc.anything({ withNullPrototype: false }),
      fc.array(fc.double()),
      fc.array(fc.string()),
      fc.uint8Array(),
    );
    const batch = fc.record(
      {
        v: fc.oneof(fc.constantFrom(1, 3), field),
        shared: fc.oneof(fc.uint8Array(), field),
        names: fc.oneof(fc.uint8Array(), field),
        from: fc.oneof(fc.double(), field),
        times: field,
        values: field,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(batch, (value) => {
        let payload: Uint8Array;
        try {
          payload = producer.pack(value);
        } catch {
          return; // msgpack has no form for it
        }
        decoded(payload);
      }),
      { numRuns: 2000 },
    );
  });

  it('tells points within its bytes, and bounds of names within them, of batches that are broken anywhere', () => {
    const bytes = batchOf([...POINTS, ...POINTS.map(([name]): NamedPoint => [`${name}2`, 7, 0.5])]);
    const block = blockOf([]);
    const check = (payload: Uint8Array, where: string): void => {
      expect(pointsAtMost(payload), where).to.be.within(0, payload.length);
      decodeBatch(payload, block);
      const areWithin = Array.from({ length: block.count }, (_, i) => block.nameEnd[i]).every(
        (end, i) => block.nameStart[i] < end && end <= block.bytes.length,
      );
      expect(areWithin, where).to.equal(true);
    };
    for (let at = 0; at < bytes.length; at++) {
      check(bytes.subarray(0, at), `cut behind ${at}`);
      for (const flipped of [1, 2, 4, 8, 16, 32, 64, 128, 255]) {
        const payload = bytes.slice();
        payload[at] ^= flipped;
        check(payload, `byte ${at}, ${flipped} flipped`);
      }
    }
  });
});
