/**
 * A 64-bit hash of slots in order of time: two lanes of 32 bits, each word mixed in as in MurmurHash3 (Appleby), with
 * different constants. It tells files apart; it is no protection against somebody who wants two to look alike.
 */
export class SlotHash {
  #a = 0;
  #b = 0;
  #words = 0;

  reset(): void {
    this.#a = 0x9747b28c;
    this.#b = 0x3c6ef372;
    this.#words = 0;
  }

  add(word: number): void {
    this.#words++;
    let a = Math.imul(word, 0xcc9e2d51);
    a = Math.imul((a << 15) | (a >>> 17), 0x1b873593) ^ this.#a;
    this.#a = (Math.imul((a << 13) | (a >>> 19), 5) + 0xe6546b64) | 0;
    let b = Math.imul(word, 0x239b961b);
    b = Math.imul((b << 17) | (b >>> 15), 0xab0e9789) ^ this.#b;
    this.#b = (Math.imul((b << 11) | (b >>> 21), 5) + 0x561ccd1b) | 0;
  }

  /** Puts the hash of all words since `reset` at `at`; zeros when there was none. */
  put(view: DataView, at: number): void {
    view.setUint32(at, this.#words === 0 ? 0 : finished(this.#a ^ this.#words) || 1);
    view.setUint32(at + 4, this.#words === 0 ? 0 : finished(this.#b ^ this.#words));
  }
}

function finished(hash: number): number {
  let bits = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
