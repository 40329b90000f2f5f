import { Packr } from 'msgpackr';
import { type FoldedColumns, type RoomFor, writeFolded } from '../../src/protocols/folded-batch.js';
import { PlainDictionary } from './plain-dictionary.js';

const NEWLINE = 10;
const packr = new Packr({ useRecords: false });

/** The twin of what `BatchKernel` seals: a batch of names joined by newlines, and of the first `count` numbers. */
export function encodeBatch(
  joined: Uint8Array,
  timestamps: Float64Array,
  values: Float64Array,
  count: number,
  roomFor?: RoomFor,
): Uint8Array {
  if (count === 0) return packr.pack({ v: 1, names: '', times: [], values: [] });
  const columns = foldedColumns(joined, timestamps.subarray(0, count), values.subarray(0, count));
  return writeFolded(columns, roomFor);
}

function foldedColumns(
  joined: Uint8Array,
  timestamps: Float64Array,
  values: Float64Array,
): FoldedColumns {
  const dictionary = new PlainDictionary();
  for (const name of namesOf(joined)) dictionary.append(name);
  const times = [...timestamps];
  const from = times.reduce((least, time) => Math.min(least, time));
  const last = times.reduce((most, time) => Math.max(most, time));
  const areOffsets =
    times.every((time) => Number.isInteger(time) && time >= 1) &&
    last <= Number.MAX_SAFE_INTEGER &&
    last - from < 2 ** 32;
  const areSingles = values.every((value) => Math.fround(value) === value);
  return {
    ...dictionary.folded(),
    from: areOffsets ? from : undefined,
    times: areOffsets ? offsets(times, from, last - from) : bytesOf(timestamps),
    values: bytesOf(areSingles ? Float32Array.from(values) : values),
  };
}

function namesOf(joined: Uint8Array): Uint8Array[] {
  const names: Uint8Array[] = [];
  for (let start = 0; start <= joined.length; ) {
    const newline = joined.indexOf(NEWLINE, start);
    const end = newline < 0 ? joined.length : newline;
    names.push(joined.subarray(start, end));
    start = end + 1;
  }
  return names;
}

function offsets(times: readonly number[], from: number, range: number): Uint8Array {
  if (range === 0) return new Uint8Array(0);
  const all = times.map((time) => time - from);
  if (range <= 0xff) return Uint8Array.from(all);
  return bytesOf(range <= 0xffff ? Uint16Array.from(all) : Uint32Array.from(all));
}

function bytesOf({ buffer, byteOffset, byteLength }: NodeJS.TypedArray): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
