import {
  ENDS_NAME,
  type FoldedNames,
  foldedBytesMax,
  LONG_NUMBERS,
  NEW_NODE,
  NODE_BYTES_MAX,
  NODE_BYTES_MIN,
  NUMBERS_MAX,
  SHARED_MAX,
} from '../../src/protocols/folded-batch.js';

const SEPARATORS = Buffer.from('.;=');

/** Longer names are not kept by `BatchKernel`. */
const KNOWN_BYTES_MAX = 1024;

interface Node {
  readonly text: Uint8Array;
  readonly endsName: boolean;
}

/** The twin of how `BatchKernel` folds names, as plain as can be, without its limits. */
export class PlainDictionary {
  /** Of the name before, if it is known. */
  #last: readonly Node[] = [];
  readonly #shared: number[] = [];
  readonly #folded: number[] = [];
  /** Numbers of nodes, by what is written of them, of names that are known and of others. */
  readonly #numbers = new Map<string, number>();
  /** What the names take at most. */
  bytesMax = 0;

  append(name: Uint8Array): void {
    const nodes = nodesOf(name);
    const isKnown = name.length <= KNOWN_BYTES_MAX;
    const shared = isKnown ? sharedNodes(nodes, this.#last) : [];
    this.#last = isKnown ? nodes : [];
    this.#shared.push(bytesOf(shared));
    this.bytesMax += isKnown ? name.length + 2 * nodes.length - 1 : foldedBytesMax(name.length + 1);
    for (const node of nodes.slice(shared.length)) this.#appendNode(node, isKnown);
  }

  folded(): FoldedNames {
    return { shared: Uint8Array.from(this.#shared), names: Uint8Array.from(this.#folded) };
  }

  #appendNode({ text, endsName }: Node, isKnown: boolean): void {
    const node = [text.length | (endsName ? ENDS_NAME : 0), ...text];
    const key = `${isKnown} ${node.join()}`;
    const number = this.#numbers.get(key);
    if (number === undefined) {
      if (this.#numbers.size < NUMBERS_MAX) this.#numbers.set(key, this.#numbers.size);
      this.#folded.push(NEW_NODE, ...node);
    } else if (number < LONG_NUMBERS) this.#folded.push(number);
    else {
      const behind = number - LONG_NUMBERS;
      this.#folded.push(LONG_NUMBERS + (behind >> 8), behind & 0xff);
    }
  }
}

function bytesOf(nodes: readonly Node[]): number {
  return nodes.reduce((sum, { text }) => sum + text.length, 0);
}

/** Those that both begin with, but for the last one. */
function sharedNodes(nodes: readonly Node[], before: readonly Node[]): readonly Node[] {
  let count = 0;
  while (
    count < Math.min(nodes.length, before.length) - 1 &&
    Buffer.compare(nodes[count].text, before[count].text) === 0 &&
    bytesOf(nodes.slice(0, count + 1)) <= SHARED_MAX
  )
    count++;
  return nodes.slice(0, count);
}

function nodesOf(name: Uint8Array): Node[] {
  const nodes: Node[] = [];
  for (let start = 0; start < name.length; ) {
    const end = nodeEnd(name, start);
    nodes.push({ text: name.subarray(start, end), endsName: end === name.length });
    start = end;
  }
  return nodes;
}

function nodeEnd(name: Uint8Array, start: number): number {
  const most = Math.min(name.length, start + NODE_BYTES_MAX);
  for (let i = start + NODE_BYTES_MIN - 1; i < most; i++)
    if (SEPARATORS.includes(name[i])) return i + 1;
  return most;
}
