const ROOM_BYTES = 16 * 1024;
/** UTF-8 of a text takes three bytes at most for each of its code units. */
const BYTES_PER_UNIT = 3;

const room = Buffer.allocUnsafe(ROOM_BYTES);
const name = { bytes: room, end: 0 };

/**
 * The bytes of a name that is text, from 0 to `end`, until the next one is asked for: queries look up thousands, and a buffer for
 * each would be dearer than the search.
 */
export function bytesOfName(text: string): { readonly bytes: Uint8Array; readonly end: number } {
  const fits = text.length * BYTES_PER_UNIT <= ROOM_BYTES;
  name.bytes = fits ? room : Buffer.from(text);
  name.end = fits ? room.write(text) : name.bytes.length;
  return name;
}
