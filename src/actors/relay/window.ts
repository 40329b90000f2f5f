import { assert } from '../../assert.js';

/**
 * The relay's bound on memory: what the rooms take in which sealed batches lie that no log has acknowledged. Receivers
 * stop reading at the limit and go on at half of it.
 */
export class Window {
  readonly bytesMax: number;
  bytes = 0;
  #full = false;
  readonly #listeners: Array<(full: boolean) => void> = [];
  readonly #waiting: Array<() => void> = [];

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  get full(): boolean {
    return this.#full;
  }

  /** `listener` is told when the window fills up and when it has room again. */
  onChange(listener: (full: boolean) => void): void {
    this.#listeners.push(listener);
  }

  /** Resolves when the window has room. */
  async room(): Promise<void> {
    while (this.#full) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  add(bytes: number): void {
    this.bytes += bytes;
    if (!this.#full && this.bytes >= this.bytesMax) this.#change(true);
  }

  release(bytes: number): void {
    this.bytes -= bytes;
    assert(this.bytes >= 0, 'only what was added is released');
    if (this.#full && this.bytes <= this.bytesMax / 2) this.#change(false);
  }

  #change(full: boolean): void {
    this.#full = full;
    for (const listener of this.#listeners) listener(full);
    if (!full) for (const wake of this.#waiting.splice(0)) wake();
  }
}
