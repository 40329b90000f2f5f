/** From this length on V8 cuts a string out of another one by reference, which keeps the other alive. */
const SLICE_LENGTH_MIN = 13;

/**
 * One string for each distinct segment of the names. Segments repeat (`cpu` under each host), and a map
 * finds a key by its identity much faster than by its text.
 */
export class Segments {
  readonly #known = new Map<string, string>();

  /** The kept string of this text, which is kept from now on. */
  keep(text: string): string {
    let segment = this.#known.get(text);
    if (segment === undefined) {
      segment =
        text.length < SLICE_LENGTH_MIN ? text : Buffer.from(text, 'utf16le').toString('utf16le');
      this.#known.set(segment, segment);
    }
    return segment;
  }

  /** The kept string of this text, or undefined if no name has such a segment. */
  find(text: string): string | undefined {
    return this.#known.get(text);
  }
}
