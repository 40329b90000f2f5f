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

/** The doubles of a column's bytes; copies, since a view of a message is seldom aligned. */
export function columnDoubles(bytes: Uint8Array): Float64Array {
  const column = new Float64Array(bytes.length >>> 3);
  putDoubles(bytes, column);
  return column;
}

/** Copies the doubles of a column's bytes, as many as are whole, into the beginning of `column`. */
export function putDoubles(bytes: Uint8Array, column: Float64Array): void {
  const whole = bytes.subarray(0, bytes.length & ~7);
  new Uint8Array(column.buffer, column.byteOffset, whole.length).set(whole);
}

/** The same for floats of 32 bits. */
export function putFloats(bytes: Uint8Array, column: Float64Array): void {
  const count = bytes.length >>> 2;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let i = 0; i < count; i++) column[i] = view.getFloat32(i * 4, true);
}

/** The unsigned 32-bit integers of a column's bytes; copies, as above. */
export function columnIntegers(bytes: Uint8Array): Uint32Array {
  const column = new Uint32Array(bytes.length >>> 2);
  new Uint8Array(column.buffer).set(bytes.subarray(0, column.length * 4));
  return column;
}
