import { copied, grownCapacity } from '../columns.js';

/** There is no such segment. */
export const NO_SEGMENT = -1;

/** From this length on V8 cuts a string out of another one by reference, which keeps the other alive. */
const SLICE_LENGTH_MIN = 13;
const INITIAL_SEGMENTS = 256;
/** Stands in a head for every character that is not ASCII. */
const OTHER = 0xff;

/** The text in memory of its own, whatever it was cut out of. */
export function ownText(text: string): string {
  return text.length < SLICE_LENGTH_MIN ? text : Buffer.from(text, 'utf16le').toString('utf16le');
}

/** Characters of a text that its head tells of. */
export const HEAD_LENGTH = 8;

/** Four characters of a text from `at` on, a byte each, the first one highest; 0 after its end. */
export function headWord(text: string, at: number): number {
  let word = 0;
  for (let i = at; i < at + 4; i++) {
    const code = i < text.length ? text.charCodeAt(i) : 0;
    word = (word << 8) | (code < 0x80 ? code : OTHER);
  }
  return word | 0;
}

/**
 * The distinct segments of names, numbered: segments repeat (`cpu` under each host). The first eight characters of each lie
 * in columns besides, so that most of those that do not match are seen without a look at the text.
 */
export class Segments {
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = [];
  #head = new Int32Array(INITIAL_SEGMENTS);
  #headEnd = new Int32Array(INITIAL_SEGMENTS);

  get count(): number {
    return this.#texts.length;
  }

  /** The number of this text, which has one from now on. */
  keep(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const own = ownText(text);
    const number = this.#texts.push(own) - 1;
    this.#numbers.set(own, number);
    if (number >= this.#head.length) {
      const capacity = grownCapacity(this.#head.length, number + 1);
      this.#head = copied(this.#head, new Int32Array(capacity));
      this.#headEnd = copied(this.#headEnd, new Int32Array(capacity));
    }
    this.#head[number] = headWord(own, 0);
    this.#headEnd[number] = headWord(own, 4);
    return number;
  }

  /** The number of this text, or `NO_SEGMENT` if no name has such a segment. */
  find(text: string): number {
    return this.#numbers.get(text) ?? NO_SEGMENT;
  }

  text(number: number): string {
    return this.#texts[number];
  }

  /** Its characters 0 to 3, as `headWord` has them. */
  head(number: number): number {
    return this.#head[number];
  }

  /** Its characters 4 to 7. */
  headEnd(number: number): number {
    return this.#headEnd[number];
  }
}
