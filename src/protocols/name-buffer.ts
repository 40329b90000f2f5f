import { isUnusualName } from './line-odd.js';

const INITIAL_BYTES = 16 * 1024;
const LONE_SURROGATE = /\p{Cs}/u;

/** Where a name lies in `NameBuffer.bytes`, and its flag for `PointBlock`. */
export interface StoredName {
  readonly start: number;
  readonly end: number;
  readonly unusual: number;
}

/**
 * The bytes of the names that the points of frames go by. A name that is added again as text is looked at and
 * stored once: a pickle can refer to one long text very often.
 */
export class NameBuffer {
  bytes = Buffer.allocUnsafe(INITIAL_BYTES);
  #length = 0;
  readonly #names = new Map<string, StoredName | undefined>();

  clear(): void {
    this.#length = 0;
    this.#names.clear();
  }

  /** Stores a name, which may replace `bytes`. Undefined for a text that no UTF-8 can hold. */
  add(name: string): StoredName | undefined {
    const known = this.#names.get(name);
    if (known !== undefined || this.#names.has(name)) return known;
    const stored = LONE_SURROGATE.test(name) ? undefined : this.#store(name);
    this.#names.set(name, stored);
    return stored;
  }

  /** Adds bytes that hold names, which may replace the buffer, and says where they start. */
  addBytes(bytes: Uint8Array): number {
    const start = this.#length;
    if (start + bytes.length > this.bytes.length) this.#grow(start + bytes.length);
    this.bytes.set(bytes, start);
    this.#length = start + bytes.length;
    return start;
  }

  /** Forgets what `addBytes` added last. */
  removeBytes(start: number): void {
    this.#length = start;
  }

  #store(name: string): StoredName {
    const start = this.#length;
    const bytesMax = 3 * name.length;
    if (start + bytesMax > this.bytes.length) this.#grow(start + bytesMax);
    const end = start + this.bytes.write(name, start);
    this.#length = end;
    return { start, end, unusual: isUnusualName(this.bytes, start, end) ? 1 : 0 };
  }

  #grow(length: number): void {
    const grown = Buffer.allocUnsafe(2 ** Math.ceil(Math.log2(length)));
    grown.set(this.bytes.subarray(0, this.#length));
    this.bytes = grown;
  }
}
