const NOTHING = new Uint8Array(0);
const NO_VIEW = new DataView(NOTHING.buffer);

/**
 * Copies text between buffers, eight bytes at a time: as doubles, since those the engine moves without making objects.
 * A double that is no number might come out as another one, but no eight bytes of UTF-8 are such: they would have to end
 * with a byte from 0xf0 on and then 0x7f or 0xff.
 */
export class TextCopy {
  #from: Uint8Array = NOTHING;
  #fromView: DataView = NO_VIEW;
  #into: Uint8Array = NOTHING;
  #intoView: DataView = NO_VIEW;

  /** Copies go into `buffer` from now on. */
  target(buffer: Uint8Array): void {
    this.#into = buffer;
    this.#intoView = viewOf(buffer);
  }

  /** Copies the UTF-8 text `bytes[start, end)` to `at`, where there is room for it. Returns the index behind it. */
  copy(bytes: Uint8Array, start: number, end: number, at: number): number {
    if (bytes !== this.#from) {
      this.#from = bytes;
      this.#fromView = viewOf(bytes);
    }
    const from = this.#fromView;
    const into = this.#intoView;
    let i = start;
    let to = at;
    for (; i + 8 <= end; i += 8, to += 8) into.setFloat64(to, from.getFloat64(i, true), true);
    for (; i < end; i++, to++) this.#into[to] = bytes[i];
    return to;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
