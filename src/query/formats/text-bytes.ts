import { GrowingBytes } from '../../protocols/growing-bytes.js';

/** Text in the making, as bytes: a long answer as one string would take twice as much, and then be copied. */
export class TextBytes {
  readonly #out = new GrowingBytes();

  /** Text that is known to be ASCII. */
  ascii(text: string): this {
    const at = this.#out.room(text.length);
    this.#out.bytes.write(text, at, 'latin1');
    return this;
  }

  /** Any text, as UTF-8. */
  utf8(text: string): this {
    this.#out.text(text, Buffer.byteLength(text));
    return this;
  }

  finish(): Buffer {
    return this.#out.from(0);
  }
}
