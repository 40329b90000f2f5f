/** A line longer than this, its newline not counted, closes the connection (Twisted's `LineOnlyReceiver`). */
export const LINE_BYTES_MAX = 16384;

// The classes are ordered: what may stand in a plain name is below BLANK.
export const NAME = 0;
export const NAME_UNUSUAL = 1;
export const BLANK = 2;
export const OTHER = 3;

/** What a byte is to the decoders of plain lines. */
export const CLASS_OF_BYTE = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === 0x20 || byte === 0x09) return BLANK;
  if ((byte >= 0x0a && byte <= 0x0d) || (byte >= 0x1c && byte <= 0x1f) || byte >= 0x80)
    return OTHER;
  return byte === 0x3b || byte === 0x7b ? NAME_UNUSUAL : NAME; // ; {
});

/** A name that begins with it may need tag normalisation. */
export const TILDE = 0x7e;
