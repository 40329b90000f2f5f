/** There is no such segment. */
export const NO_SEGMENT = -1;

/** From this length on V8 cuts a string out of another one by reference, which keeps the other alive. */
const SLICE_LENGTH_MIN = 13;

/** The text in memory of its own, whatever it was cut out of. */
export function ownText(text: string): string {
  return text.length < SLICE_LENGTH_MIN ? text : Buffer.from(text, 'utf16le').toString('utf16le');
}

/** The distinct segments of names, numbered: segments repeat (`cpu` under each host). */
export class Segments {
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = [];

  /** The number of this text, which has one from now on. */
  keep(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const own = ownText(text);
    this.#numbers.set(own, this.#texts.length);
    return this.#texts.push(own) - 1;
  }

  /** The number of this text, or `NO_SEGMENT` if no name has such a segment. */
  find(text: string): number {
    return this.#numbers.get(text) ?? NO_SEGMENT;
  }

  text(number: number): string {
    return this.#texts[number];
  }
}
