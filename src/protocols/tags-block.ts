import { assert } from '../assert.js';
import type { PointBlock } from './points.js';
import { textOf } from './python-text.js';
import { normaliseName } from './tags.js';

const NAME_TAG = Buffer.from('name=');

/**
 * Rewrites the unusual names of a block to the normalised form that is routed and stored, in place: in
 * `block.bytes`, where a normalised name never needs more room than the raw one. Names that cannot be
 * parsed stay as they are, as in carbon. Points may share the bytes of a name, but only as a whole.
 */
export function normaliseNames(block: PointBlock): void {
  /** New ends of the names that were rewritten, by their start. */
  let ends: Map<number, number> | undefined;
  for (let i = 0; i < block.count; i++) {
    if (block.unusualName[i] === 0) continue;
    const start = block.nameStart[i];
    const end = ends?.get(start);
    if (end !== undefined) {
      block.nameEnd[i] = end;
    } else if (!isNormalised(block.bytes, start, block.nameEnd[i]) && rewriteName(block, i)) {
      ends ??= new Map();
      ends.set(start, block.nameEnd[i]);
    }
  }
}

/** False where the name stays as it is. */
function rewriteName(block: PointBlock, i: number): boolean {
  const start = block.nameStart[i];
  const raw = textOf(block.bytes, start, block.nameEnd[i]);
  const normalised = normaliseName(raw);
  if (normalised === raw) return false;
  const name = Buffer.from(normalised);
  assert(
    start + name.length <= block.nameEnd[i],
    'a normalised name is no longer than the raw one',
  );
  block.bytes.set(name, start);
  block.nameEnd[i] = start + name.length;
  return true;
}

/**
 * True where the bytes show that the name is normalised already, which saves the strings for senders that
 * sort their tags. False says nothing.
 */
export function isNormalised(bytes: Uint8Array, start: number, end: number): boolean {
  if (start === end || bytes[start] === 0x7e || bytes[start] === 0x3b) return false; // ~ ;
  if (bytes[end - 1] === 0x7d && bytes[end - 2] === 0x22) return false; // "} may be OpenMetrics
  let p = start;
  while (p < end && bytes[p] !== 0x3b) p++;
  let before = -1;
  while (p < end) {
    const tagStart = p + 1;
    p = segmentEnd(bytes, tagStart, end);
    if (p < 0) return false;
    if (before >= 0 && !isSorted(bytes, before, tagStart, p)) return false;
    before = tagStart;
  }
  return true;
}

/** The end of the segment `tag=value` that starts at `p`, or -1 where it is not plainly a good one. */
function segmentEnd(bytes: Uint8Array, start: number, end: number): number {
  let p = start;
  let byte = 0;
  while (p < end && (byte = bytes[p]) !== 0x3d) {
    if (byte === 0x3b || byte === 0x21 || byte === 0x5e) return -1; // ; ! ^
    p++;
  }
  const valueStart = p + 1;
  if (p === start || valueStart >= end) return -1;
  if (bytes[valueStart] === 0x3b || bytes[valueStart] === 0x7e) return -1; // no value, ~
  if (isNameTag(bytes, start)) return -1;
  p = valueStart;
  while (p < end && bytes[p] !== 0x3b) p++;
  return p;
}

function isNameTag(bytes: Uint8Array, start: number): boolean {
  let i = 0;
  while (i < NAME_TAG.length && bytes[start + i] === NAME_TAG[i]) i++;
  return i === NAME_TAG.length;
}

/**
 * True when the segment at `a` (it ends at the `;` before `b`) sorts before the one in `[b, bEnd)` and has
 * another tag. Segments of one tag are neighbours in sorted order, so neighbours are all there is to compare.
 */
function isSorted(bytes: Uint8Array, a: number, b: number, bEnd: number): boolean {
  let i = 0;
  let equals = false;
  while (a + i < b - 1 && b + i < bEnd && bytes[a + i] === bytes[b + i]) {
    equals ||= bytes[a + i] === 0x3d;
    i++;
  }
  if (equals || b + i === bEnd) return false;
  return a + i === b - 1 || bytes[a + i] < bytes[b + i];
}
