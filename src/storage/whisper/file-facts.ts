import { copied, grownCapacity } from '../columns.js';
import { NarrowColumn } from '../narrow-column.js';
import { ArchiveBases } from './archive-bases.js';
import { type Layout, LayoutTable } from './layout.js';

/** Number of the layout of a metric whose file was not looked at. */
const UNKNOWN = 0;

/** What an update has to know of each metric's file, by metric id: its layout, and where its rings begin. */
export class FileFacts {
  readonly bases = new ArchiveBases();
  readonly layouts = new LayoutTable();
  readonly #layoutOf = new NarrowColumn();
  #cellsOf = new Uint32Array(1024);

  isKnown(id: number): boolean {
    return id < this.#layoutOf.length && this.#layoutOf.get(id) !== UNKNOWN;
  }

  /** Only of a file that is known. */
  layout(id: number): Layout {
    return this.layouts.get(this.#layoutOf.get(id));
  }

  /** The first of the file's cells in the bases. Only of a file that is known. */
  firstCell(id: number): number {
    return this.#cellsOf[id];
  }

  /** Takes down the layout, one of `layouts`, of a file that is not known yet. Its bases are 0 until the caller sets them. */
  learn(id: number, layout: Layout): number {
    if (id >= this.#cellsOf.length) this.#grow(id);
    const cells = this.bases.take(layout.archives);
    this.#layoutOf.set(id, layout.number);
    this.#cellsOf[id] = cells;
    return cells;
  }

  forget(id: number): void {
    if (!this.isKnown(id)) return;
    this.bases.giveBack(this.#cellsOf[id], this.layout(id).archives);
    this.#layoutOf.set(id, UNKNOWN);
  }

  #grow(id: number): void {
    const capacity = grownCapacity(this.#cellsOf.length, id + 1);
    this.#layoutOf.grow(capacity);
    this.#cellsOf = copied(this.#cellsOf, new Uint32Array(capacity));
  }
}
