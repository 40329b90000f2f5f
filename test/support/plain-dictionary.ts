import {
  ENDS_NAME,
  type FoldedNames,
  LONG_NUMBERS,
  NEW_NODE,
  NODE_BYTES_MAX,
  NODE_BYTES_MIN,
  NUMBERS_MAX,
  SHARED_MAX,
} from '../../src/protocols/folded-batch.js';

const SEPARATORS = Buffer.from('.;=');

/** The twin of how `BatchKernel` folds names, as plain as can be, without its limits. */
export class PlainDictionary {
  #last = Buffer.alloc(0);
  readonly #shared: number[] = [];
  readonly #folded: number[] = [];
  /** Numbers of nodes, by what is written of them. */
  readonly #known = new Map<string, number>();
  /** What the rests of names take as they are, with a newline behind each. */
  restBytes = 0;

  append(name: Uint8Array): void {
    const shared = sharedBytes(name, this.#last);
    this.#last = Buffer.from(name);
    this.#shared.push(shared);
    this.restBytes += name.length - shared + 1;
    for (let start = shared; start < name.length; ) {
      const end = nodeEnd(name, start);
      this.#appendNode(name.subarray(start, end), end === name.length);
      start = end;
    }
  }

  folded(): FoldedNames {
    return { shared: Uint8Array.from(this.#shared), names: Uint8Array.from(this.#folded) };
  }

  #appendNode(text: Uint8Array, endsName: boolean): void {
    const node = [text.length | (endsName ? ENDS_NAME : 0), ...text];
    const number = this.#known.get(node.join());
    if (number === undefined) {
      if (this.#known.size < NUMBERS_MAX) this.#known.set(node.join(), this.#known.size);
      this.#folded.push(NEW_NODE, ...node);
    } else if (number < LONG_NUMBERS) this.#folded.push(number);
    else {
      const behind = number - LONG_NUMBERS;
      this.#folded.push(LONG_NUMBERS + (behind >> 8), behind & 0xff);
    }
  }
}

/** As far as both are the same, up to a separator, and not all of the name. */
function sharedBytes(name: Uint8Array, before: Uint8Array): number {
  const most = Math.min(name.length - 1, before.length, SHARED_MAX);
  let shared = 0;
  for (let i = 0; i < most && name[i] === before[i]; i++)
    if (SEPARATORS.includes(name[i])) shared = i + 1;
  return shared;
}

function nodeEnd(name: Uint8Array, start: number): number {
  const most = Math.min(name.length, start + NODE_BYTES_MAX);
  for (let i = start + NODE_BYTES_MIN - 1; i < most; i++)
    if (SEPARATORS.includes(name[i])) return i + 1;
  return most;
}
