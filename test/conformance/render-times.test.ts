import { expect } from 'chai';
import { BadRequest } from '../../src/query/bad-request.js';
import { parseOffset } from '../../src/query/time-offset.js';
import { timeZone } from '../../src/query/time-zone.js';
import { parseTime } from '../../src/query/times.js';
import { conformance } from '../support/conformance.js';

interface TimeRow {
  string: string;
  now: number;
  tz: string;
  epoch?: number;
}
interface OffsetRow {
  string: string;
  seconds?: number;
}

/** The row names what is expected, or the class of an error. */
function check(result: number | BadRequest, expected: number | undefined): void {
  if (expected === undefined) expect(result).to.be.instanceOf(BadRequest);
  else expect(result).to.equal(expected);
}

conformance<TimeRow>('render/times.jsonl', (row) => {
  const zone = timeZone(row.tz);
  if (zone === undefined) throw new Error(`no zone ${row.tz}`);
  check(parseTime(row.string, row.now, zone, 'from'), row.epoch);
});

conformance<OffsetRow>('render/offsets.jsonl', (row) => {
  check(parseOffset(row.string, 'from'), row.seconds);
});
