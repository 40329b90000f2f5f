const DOT = 0x2e;
const SEMICOLON = 0x3b;
const UNDERSCORE = 0x5f;

/** carbon-c-relay's `-c`: what a name may hold besides letters, digits and dots. */
export const CRELAY_CHARACTERS = '-_:#';

/**
 * Cleanses names as carbon-c-relay does (3.7, its `dispatcher.c`): double dots become one, leading and trailing ones
 * are dropped, any other byte that is not allowed becomes `_`. Behind the first `;`, unless that is allowed like any
 * other character, come tags: only their double dots become one, and one that leads them is dropped.
 */
export class NameCleansing {
  readonly #allowed = new Uint8Array(256);

  /** @param characters ASCII characters that are allowed besides letters, digits and dots */
  constructor(characters = CRELAY_CHARACTERS) {
    const plain = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.';
    for (const byte of Buffer.from(plain + characters)) this.#allowed[byte] = 1;
  }

  /**
   * Cleanses the name `bytes[start, end)` in place.
   *
   * @returns its new end; `start` where nothing is left of it, or where it ends with the `;` that begins its tags
   */
  cleanse(bytes: Uint8Array, start: number, end: number): number {
    const allowed = this.#allowed;
    let to = start;
    let tags = -1;
    for (let p = start; p < end; p++) {
      const byte = bytes[p];
      if (byte === DOT && (to === start || to === tags + 1 || bytes[to - 1] === DOT)) continue;
      if (tags < 0 && byte === SEMICOLON && allowed[byte] === 0) tags = to;
      bytes[to++] = tags >= 0 || allowed[byte] === 1 ? byte : UNDERSCORE;
    }
    if (tags >= 0) return to === tags + 1 ? start : to;
    return to > start && bytes[to - 1] === DOT ? to - 1 : to;
  }
}
