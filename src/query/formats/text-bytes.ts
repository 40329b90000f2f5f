import { GrowingBytes } from '../../protocols/growing-bytes.js';

/** Characters that are gathered before they become bytes: small pieces one by one would take ten times as long. */
const GATHERED_MAX = 16_384;

/** Text in the making, as UTF-8: a long answer as one string would take twice as much, and then be copied. */
export class TextBytes {
  readonly #out = new GrowingBytes();
  #gathered = '';

  add(text: string): this {
    this.#gathered += text;
    if (this.#gathered.length > GATHERED_MAX) this.#flush();
    return this;
  }

  /** Bytes that are text already. */
  bytes(utf8: Uint8Array): this {
    this.#flush();
    const at = this.#out.room(utf8.length);
    this.#out.bytes.set(utf8, at);
    return this;
  }

  finish(): Buffer {
    this.#flush();
    return this.#out.from(0);
  }

  #flush(): void {
    this.#out.text(this.#gathered, Buffer.byteLength(this.#gathered));
    this.#gathered = '';
  }
}
