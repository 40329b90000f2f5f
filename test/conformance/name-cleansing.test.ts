import { expect } from 'chai';
import { LineStream } from '../../src/protocols/line.js';
import { PointBlock } from '../../src/protocols/points.js';
import { RejectionCounts } from '../../src/protocols/rejection.js';
import { CRELAY_CHARACTERS, NameCleansing } from '../../src/routing/rules/name-cleansing.js';
import { conformance } from '../support/conformance.js';

interface CrelayLineRow {
  options: string[];
  input_hex: string;
  forwarded_hex: string[];
}

type Point = [name: string, timestamp: number, value: number];

/** The points that carbon would take of a text, with names changed by `rename` to a new end, or lost at their start. */
function pointsIn(
  text: Buffer,
  rename: (bytes: Uint8Array, start: number, end: number) => number = (_, __, end) => end,
): Point[] {
  const block = new PointBlock();
  new LineStream().push(text, block, new RejectionCounts(), 1_700_000_000);
  const points: Point[] = [];
  for (let i = 0; i < block.count; i++) {
    block.nameEnd[i] = rename(block.bytes, block.nameStart[i], block.nameEnd[i]);
    if (block.nameEnd[i] > block.nameStart[i])
      points.push([block.name(i), block.timestamps[i], block.values[i]]);
  }
  return points;
}

/*
 * carbon-c-relay forwards lines that it has not read as points; what matters is what a carbon behind it makes of them:
 * the same as we make of the line that came in.
 */
conformance<CrelayLineRow>('protocol/crelay_line.jsonl', (row) => {
  const characters = row.options[row.options.indexOf('-c') + 1] ?? '';
  const cleansing = new NameCleansing(row.options.includes('-c') ? characters : CRELAY_CHARACTERS);
  const forwarded = row.forwarded_hex.flatMap((hex) => pointsIn(Buffer.from(hex, 'hex')));
  const ours = pointsIn(Buffer.from(row.input_hex, 'hex'), (bytes, start, end) =>
    cleansing.cleanse(bytes, start, end),
  );
  expect(ours).to.deep.equal(forwarded);
});
