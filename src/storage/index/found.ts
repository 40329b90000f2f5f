import type { Segments } from './segments.js';
import { type Found, type FoundAt, joined, upToDot } from './walk.js';

/** What a find found, in no particular order. A metric and a folder may have the same path. */
export interface FoundPaths {
  readonly leaves: string[];
  readonly branches: string[];
}

/** Collects results as paths. */
export class FoundNodes implements Found, FoundPaths {
  readonly leaves: string[] = [];
  readonly branches: string[] = [];
  readonly #segments: Segments;
  readonly #limit: number;
  readonly #seenLeaves: Set<string> | null;
  readonly #seenBranches: Set<string> | null;

  /** @param mayRepeat whether one path may come more than once: it is collected once */
  constructor(segments: Segments, limit: number, mayRepeat: boolean) {
    this.#segments = segments;
    this.#limit = limit;
    this.#seenLeaves = mayRepeat ? new Set() : null;
    this.#seenBranches = mayRepeat ? new Set() : null;
  }

  leaf({ folderPath }: FoundAt, name: number | string): void {
    const text = typeof name === 'string' ? name : this.#segments.text(name);
    push(this.leaves, joined(folderPath, text), this.#seenLeaves);
  }

  branch({ folderPath }: FoundAt, name: number | string): void {
    const text = typeof name === 'string' ? name : upToDot(this.#segments.text(name));
    push(this.branches, joined(folderPath, text), this.#seenBranches);
  }

  isFull(): boolean {
    return this.leaves.length + this.branches.length >= this.#limit;
  }
}

/** Collects metrics as paths. */
export class FoundLeaves extends FoundNodes {
  override branch(): void {}
}

function push(paths: string[], path: string, seen: Set<string> | null): void {
  if (seen?.has(path)) return;
  seen?.add(path);
  paths.push(path);
}

/** Collects the distinct last parts of results, wherever they are. */
export class FoundNames implements Found, FoundPaths {
  readonly #segments: Segments;
  readonly #limit: number;
  /** By the numbers of their segments. */
  readonly #leafNumbers: Numbers;
  readonly #branchNumbers: Numbers;
  /** Of the numbers: names of odd files are few. */
  #count = 0;
  readonly #leafTexts = new Set<string>();
  readonly #branchTexts = new Set<string>();

  constructor(segments: Segments, limit: number) {
    this.#segments = segments;
    this.#limit = limit;
    this.#leafNumbers = new Numbers(segments.count);
    this.#branchNumbers = new Numbers(segments.count);
  }

  get leaves(): string[] {
    const texts = this.#leafNumbers.all.map((number) => this.#segments.text(number));
    return [...new Set([...texts, ...this.#leafTexts])];
  }

  get branches(): string[] {
    const texts = this.#branchNumbers.all.map((number) => upToDot(this.#segments.text(number)));
    return [...new Set([...texts, ...this.#branchTexts])];
  }

  leaf(_at: FoundAt, name: number | string): void {
    if (typeof name === 'number') this.#count += this.#leafNumbers.add(name);
    else this.#leafTexts.add(name);
  }

  branch(_at: FoundAt, name: number | string): void {
    if (typeof name === 'number') this.#count += this.#branchNumbers.add(name);
    else this.#branchTexts.add(name);
  }

  isFull(): boolean {
    return this.#count >= this.#limit;
  }
}

/** A set of small numbers. */
class Numbers {
  readonly all: number[] = [];
  readonly #has: Uint8Array;

  /** @param count larger ones are left out */
  constructor(count: number) {
    this.#has = new Uint8Array(count);
  }

  /** @returns how many it is more */
  add(number: number): 0 | 1 {
    if (this.#has[number] !== 0) return 0;
    this.#has[number] = 1;
    this.all.push(number);
    return 1;
  }
}

/** Collects the ids of metrics. */
export class FoundIds implements Found {
  readonly ids: number[] = [];
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  leaf(_at: FoundAt, _name: number | string, id: number): void {
    this.ids.push(id);
  }

  branch(): void {}

  isFull(): boolean {
    return this.ids.length >= this.#limit;
  }
}
