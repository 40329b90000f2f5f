import { Packr } from 'msgpackr';

/** Plain msgpack without shared structures: each message can be read alone, by any msgpack library. */
const packr = new Packr({
  useRecords: false,
  moreTypes: false,
  mapsAsObjects: true,
  int64AsType: 'number',
});

export function encode(value: unknown): Buffer {
  return packr.pack(value);
}

/** Decodes msgpack; throws on anything broken. Byte strings are views of `bytes`. */
export function decode(bytes: Uint8Array): unknown {
  return packr.unpack(bytes as Buffer);
}

/** The bytes of a column of doubles. Little-endian, as every machine that Node runs on. */
export function columnBytes(column: Float64Array, count = column.length): Uint8Array {
  return new Uint8Array(column.buffer, column.byteOffset, count * 8);
}

/** The doubles of a column's bytes, as many as are whole; copies, since a view of a message is seldom aligned. */
export function columnDoubles(bytes: Uint8Array): Float64Array {
  const column = new Float64Array(bytes.length >>> 3);
  new Uint8Array(column.buffer).set(bytes.subarray(0, column.length * 8));
  return column;
}

/** The unsigned 32-bit integers of a column's bytes; copies, as above. */
export function columnIntegers(bytes: Uint8Array): Uint32Array {
  const column = new Uint32Array(bytes.length >>> 2);
  new Uint8Array(column.buffer).set(bytes.subarray(0, column.length * 4));
  return column;
}
