import type { Found } from './find.js';

/** A result of a find. A metric and a folder of the same path are two results. */
export interface FindNode {
  readonly path: string;
  readonly isLeaf: boolean;
}

/** Collects results as paths. */
export class FoundNodes implements Found {
  readonly nodes: FindNode[] = [];
  readonly #limit: number;
  readonly #seen: Set<string> | null;

  /** @param mayRepeat whether one path may come more than once: it is collected once */
  constructor(limit: number, mayRepeat: boolean) {
    this.#limit = limit;
    this.#seen = mayRepeat ? new Set() : null;
  }

  leaf(folderPath: string, name: string): void {
    this.#push(folderPath, name, true);
  }

  branch(folderPath: string, name: string): void {
    this.#push(folderPath, name, false);
  }

  isFull(): boolean {
    return this.nodes.length >= this.#limit;
  }

  #push(folderPath: string, name: string, isLeaf: boolean): void {
    const path = folderPath === '' ? name : `${folderPath}.${name}`;
    if (this.#seen !== null) {
      const key = isLeaf ? path : `${path}/`;
      if (this.#seen.has(key)) return;
      this.#seen.add(key);
    }
    this.nodes.push({ path, isLeaf });
  }
}

/** Collects the ids of metrics. */
export class FoundIds implements Found {
  readonly ids: number[] = [];
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  leaf(_folderPath: string, _name: string, id: number): void {
    this.ids.push(id);
  }

  branch(): void {}

  isFull(): boolean {
    return this.ids.length >= this.#limit;
  }
}
