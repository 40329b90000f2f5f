import { expect } from 'chai';
import { PointBlock } from '../../src/protocols/points.js';
import {
  decodeTagged,
  encodeTagged,
  formatTags,
  normaliseName,
  parseSeries,
} from '../../src/protocols/tags.js';
import { normaliseNames } from '../../src/protocols/tags-block.js';
import { conformance } from '../support/conformance.js';

interface SeriesRow {
  input: string;
  metric?: string;
  tags?: Record<string, string>;
  path?: string;
  stored_as: string;
  encoded: { dot: string; slash: string; dot_hash: string; slash_hash: string };
  decoded: { dot: string; slash: string };
}

conformance<SeriesRow>('tags/tagged_series.jsonl', (row) => {
  const series = parseSeries(row.input);
  expect(series?.metric).to.equal(row.metric);
  expect(series && Object.fromEntries(series.tags)).to.deep.equal(row.tags);
  expect(series && formatTags(series.tags)).to.equal(row.path);
  expect(normaliseName(row.input)).to.equal(row.stored_as);
  expect(storedAs(row.input)).to.equal(row.stored_as);
  const { dot, slash, dot_hash, slash_hash } = row.encoded;
  expect(encodeTagged(row.stored_as)).to.equal(dot);
  expect(encodeTagged(row.stored_as, { sep: '/' })).to.equal(slash);
  expect(encodeTagged(row.stored_as, { hashOnly: true })).to.equal(dot_hash);
  expect(encodeTagged(row.stored_as, { sep: '/', hashOnly: true })).to.equal(slash_hash);
  expect(decodeTagged(dot)).to.equal(row.decoded.dot);
  expect(decodeTagged(slash, '/')).to.equal(row.decoded.slash);
});

/** What a point of this name is stored under, by way of a block. */
function storedAs(name: string): string {
  const bytes = Buffer.from(`>${name}<`);
  const block = new PointBlock();
  block.clear(bytes);
  block.append(1, bytes.length - 1, 0, 0, 1);
  normaliseNames(block);
  expect([bytes[0], bytes.at(-1)]).to.deep.equal([0x3e, 0x3c]);
  return block.name(0);
}

conformance<{ tags: Record<string, string>; formatted: string }>('tags/format.jsonl', (row) => {
  expect(formatTags(new Map(Object.entries(row.tags)))).to.equal(row.formatted);
});

conformance<{ input: string; sep: string; decoded: string }>('tags/decode.jsonl', (row) => {
  expect(decodeTagged(row.input, row.sep)).to.equal(row.decoded);
});
