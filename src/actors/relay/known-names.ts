import type { NameRejection, NameSteps } from '../../routing/rules/name-rules.js';
import { copied, grownCapacity } from '../../storage/columns.js';
import { MetricTable } from '../../storage/metric-table.js';

/** Names that are remembered at a time, and their bytes; at either limit all are to be forgotten. */
const NAMES_MAX = 1_000_000;
const BYTES_MAX = 128 * 1024 * 1024;
const INITIAL_CAPACITY = 1024;

/** What is known of a name, as numbers. */
const PASSES = 0;
const RENAMED = 1;
/** And above: `REJECTIONS[verdict - REJECTED]`. */
const REJECTED = 2;
const REJECTIONS: readonly NameRejection[] = ['blacklisted', 'not-whitelisted', 'empty-name'];

/** The verdicts of rules on names, so that patterns are matched for each distinct name and not for each point. */
export class KnownNames {
  readonly #table = new MetricTable();
  #bytes = 0;
  #verdicts = new Uint8Array(INITIAL_CAPACITY);
  #quotas = new Int32Array(INITIAL_CAPACITY);
  /** Where in the arena the new name of a renamed one lies. */
  #renamedAt = new Uint32Array(INITIAL_CAPACITY);
  #renamedLength = new Uint32Array(INITIAL_CAPACITY);
  #arena = new Uint8Array(INITIAL_CAPACITY);
  #arenaLength = 0;

  /** Whether it is time to start with another one. */
  get isFull(): boolean {
    return this.#table.count >= NAMES_MAX || this.#bytes >= BYTES_MAX;
  }

  /** The id of the name `bytes[start, end)`; -1 for one that is not known. */
  idOf(bytes: Uint8Array, start: number, end: number): number {
    return this.#table.idOf(bytes, start, end);
  }

  /** Remembers what the rules made of a name that is not known, and returns its id. */
  add(bytes: Uint8Array, start: number, end: number, steps: NameSteps): number {
    const id = this.#table.intern(bytes, start, end);
    if (id >= this.#verdicts.length) this.#grow(id + 1);
    this.#bytes += end - start;
    this.#quotas[id] = steps.quota;
    if (steps.rejected !== undefined) {
      this.#verdicts[id] = REJECTED + REJECTIONS.indexOf(steps.rejected);
    } else if (steps.stored !== steps.received) {
      this.#verdicts[id] = RENAMED;
      this.#rename(id, Buffer.from(steps.stored));
    } else this.#verdicts[id] = PASSES;
    return id;
  }

  rejectionOf(id: number): NameRejection | undefined {
    const verdict = this.#verdicts[id];
    return verdict < REJECTED ? undefined : REJECTIONS[verdict - REJECTED];
  }

  isRenamed(id: number): boolean {
    return this.#verdicts[id] === RENAMED;
  }

  /** Length of the name that is stored instead of a renamed one. */
  renamedLength(id: number): number {
    return this.#renamedLength[id];
  }

  /** Copies the name that is stored instead of a renamed one. */
  copyRenamed(id: number, into: Uint8Array, at: number): void {
    const from = this.#renamedAt[id];
    const length = this.#renamedLength[id];
    for (let i = 0; i < length; i++) into[at + i] = this.#arena[from + i];
  }

  /** Index of the name's quota, or -1. */
  quotaOf(id: number): number {
    return this.#quotas[id];
  }

  #rename(id: number, name: Uint8Array): void {
    const length = this.#arenaLength + name.length;
    if (length > this.#arena.length) {
      const capacity = grownCapacity(this.#arena.length, length);
      this.#arena = copied(this.#arena, new Uint8Array(capacity));
    }
    this.#arena.set(name, this.#arenaLength);
    this.#renamedAt[id] = this.#arenaLength;
    this.#renamedLength[id] = name.length;
    this.#arenaLength = length;
    this.#bytes += name.length;
  }

  #grow(needed: number): void {
    const capacity = grownCapacity(this.#verdicts.length, needed);
    this.#verdicts = copied(this.#verdicts, new Uint8Array(capacity));
    this.#quotas = copied(this.#quotas, new Int32Array(capacity));
    this.#renamedAt = copied(this.#renamedAt, new Uint32Array(capacity));
    this.#renamedLength = copied(this.#renamedLength, new Uint32Array(capacity));
  }
}
