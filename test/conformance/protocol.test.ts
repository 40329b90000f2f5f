import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { FramedPoints } from '../../src/protocols/framed-points.js';
import { LineStream } from '../../src/protocols/line.js';
import { PicklePoints } from '../../src/protocols/pickle-points.js';
import { PointBlock } from '../../src/protocols/points.js';
import { RejectionCounts } from '../../src/protocols/rejection.js';
import { normaliseNames } from '../../src/protocols/tags-block.js';
import { decodeDatagram } from '../../src/protocols/udp.js';
import { applyTimeRules } from '../../src/routing/rules/time-rules.js';
import { conformance, number } from '../support/conformance.js';

interface AcceptedPoint {
  metric: string;
  timestamp: unknown;
  value: unknown;
  cache_name: string;
}

interface StreamRow {
  chunks_hex?: string[];
  chunks_gz_b64?: string[];
  now: number;
  settings?: { MIN_TIMESTAMP_RESOLUTION: number };
  accepted: AcceptedPoint[];
  dropped_connection: boolean;
  chunks_consumed: number;
  exception: string | null;
}

function chunksOf(row: StreamRow): Uint8Array[] {
  if (row.chunks_hex) return row.chunks_hex.map((hex) => Buffer.from(hex, 'hex'));
  return (row.chunks_gz_b64 ?? []).map((text) => gunzipSync(Buffer.from(text, 'base64')));
}

type Point = [metric: string, storedAs: string, timestamp: number, value: number];

/** Copies what the block holds, as the next push overwrites it. */
function take(block: PointBlock, into: Point[]): void {
  const metrics = Array.from({ length: block.count }, (_, i) => block.name(i));
  normaliseNames(block);
  metrics.forEach((metric, i) => {
    into.push([metric, block.name(i), block.timestamps[i], block.values[i]]);
  });
}

/** What the relay does to the times of all protocols. */
function round({ settings, now }: StreamRow, block: PointBlock): void {
  const none = Number.POSITIVE_INFINITY;
  const resolutionS = settings?.MIN_TIMESTAMP_RESOLUTION ?? 0;
  const rules = { resolutionS, ageMaxS: none, futureMaxS: none };
  applyTimeRules(block, rules, now, new RejectionCounts());
}

function expected(accepted: AcceptedPoint[]): Point[] {
  return accepted.map((point) => [
    point.metric,
    point.cache_name,
    number(point.timestamp),
    number(point.value),
  ]);
}

const FAULT_OF_EXCEPTION: Record<string, string> = {
  UnicodeDecodeError: 'invalid-utf8',
  ValueError: 'bad-timestamp',
  OverflowError: 'bad-timestamp',
};

conformance<StreamRow & { invalid_lines: number }>('protocol/line.jsonl', (row) => {
  const stream = new LineStream();
  const block = new PointBlock();
  const rejections = new RejectionCounts();
  const points: Point[] = [];
  let consumed = 0;
  for (const chunk of chunksOf(row)) {
    consumed++;
    const state = stream.push(chunk, block, rejections, row.now);
    round(row, block);
    take(block, points);
    if (state !== 'open') break;
  }
  expect(points).to.deep.equal(expected(row.accepted));
  expect(rejections.count('malformed-line'), 'malformed lines').to.equal(row.invalid_lines);
  expect(stream.state !== 'open', 'closed').to.equal(row.dropped_connection);
  expect(consumed, 'chunks').to.equal(row.chunks_consumed);
  const fault = row.exception ? FAULT_OF_EXCEPTION[row.exception] : 'line-too-long';
  if (row.dropped_connection) expect(stream.state).to.equal(fault);
});

interface DatagramRow {
  datagrams_hex: string[];
  now: number;
  accepted: AcceptedPoint[];
  invalid_lines: number;
  exceptions: (string | null)[];
}

conformance<DatagramRow>('protocol/udp.jsonl', (row) => {
  const block = new PointBlock();
  const rejections = new RejectionCounts();
  const points: Point[] = [];
  for (const hex of row.datagrams_hex) {
    decodeDatagram(Buffer.from(hex, 'hex'), block, rejections, row.now);
    take(block, points);
  }
  expect(points).to.deep.equal(expected(row.accepted));
  expect(rejections.count('malformed-line'), 'malformed lines').to.equal(row.invalid_lines);
  const faults = row.exceptions.filter((name) => name !== null);
  expect(rejections.count('invalid-utf8') + rejections.count('bad-timestamp')).to.equal(
    faults.length,
  );
});

interface PickleRow extends StreamRow {
  invalid_pickles: number;
  undecodable_items: number;
  pickle_receiver_max_length?: number;
}

conformance<PickleRow>('protocol/pickle.jsonl', (row) => {
  const stream = new FramedPoints(new PicklePoints(), row.pickle_receiver_max_length);
  const block = new PointBlock();
  const rejections = new RejectionCounts();
  const points: Point[] = [];
  let consumed = 0;
  for (const chunk of chunksOf(row)) {
    consumed++;
    const state = stream.push(chunk, block, rejections, row.now);
    round(row, block);
    take(block, points);
    if (state !== 'open') break;
  }
  expect(points).to.deep.equal(expected(row.accepted));
  expect(stream.state !== 'open', 'closed').to.equal(row.dropped_connection);
  expect(consumed, 'chunks').to.equal(row.chunks_consumed);
  // What closes the connection is counted too, under its own reason or one of these.
  const closing = (reason: string) => (stream.state === reason ? 1 : 0);
  expect(rejections.count('malformed-pickle') - closing('malformed-pickle')).to.equal(
    row.invalid_pickles,
  );
  expect(rejections.count('malformed-item') - closing('malformed-item')).to.equal(
    row.undecodable_items,
  );
  if (row.dropped_connection && row.exception === null)
    expect(stream.state).to.equal('frame-too-long');
});
