import type { PointBlock } from '../../protocols/points.js';
import type { RejectionReason, RejectionSink } from '../../protocols/rejection.js';
import type { NameRules } from '../../routing/rules/name-rules.js';
import type { Quota } from '../../routing/rules/quotas.js';
import { copied, grownCapacity } from '../../storage/columns.js';
import { KnownNames } from './known-names.js';
import { QuotaMeters } from './quota-meters.js';

const INITIAL_CAPACITY = 1024;

/** Applies rules to the names of blocks: leaves points out, renames them, and holds them to their quotas. */
export class NameStage {
  readonly #rules: NameRules;
  readonly #quotas: readonly Quota[];
  readonly #rejections: RejectionSink;
  #known = new KnownNames();
  #meters: QuotaMeters;
  /** Names in `block.bytes` and, behind them, the new names of renamed ones. */
  #bytes = new Uint8Array(INITIAL_CAPACITY);
  #bytesLength = 0;
  /** Where in `#bytes` the new name of an id lies, if it was put there for the block of that number. */
  #placedAt = new Uint32Array(INITIAL_CAPACITY);
  #placedFor = new Uint32Array(INITIAL_CAPACITY);
  #block = 0;

  constructor(
    rules: NameRules,
    quotas: readonly Quota[],
    rejections: RejectionSink,
    nowMs: number,
  ) {
    this.#rules = rules;
    this.#quotas = quotas;
    this.#rejections = rejections;
    this.#meters = new QuotaMeters(quotas, nowMs);
  }

  /**
   * The names of the block are then those that are stored. They may lie in bytes of this stage, which are good until
   * the next block.
   *
   * @param nowMs monotonic
   */
  apply(block: PointBlock, nowMs: number): void {
    if (this.#known.isFull) {
      this.#known = new KnownNames();
      this.#meters = new QuotaMeters(this.#quotas, nowMs);
    }
    this.#beginBlock();
    const { bytes, nameStart, nameEnd, count } = block;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const start = nameStart[i];
      const end = nameEnd[i];
      let id = this.#known.idOf(bytes, start, end);
      let reason: RejectionReason | undefined;
      if (id < 0) id = this.#learn(bytes, start, end, nowMs);
      if (id < 0) reason = 'over-quota-new-metrics';
      else reason = this.#known.rejectionOf(id) ?? this.#meter(id, nowMs);
      if (reason !== undefined) {
        this.#rejections.reject(reason, bytes, start, end);
        continue;
      }
      if (kept < i) block.copyPoint(i, kept);
      if (this.#known.isRenamed(id)) {
        nameStart[kept] = this.#place(id, bytes);
        nameEnd[kept] = nameStart[kept] + this.#known.renamedLength(id);
      }
      kept++;
    }
    block.count = kept;
    if (this.#bytesLength > 0) block.bytes = this.#bytes.subarray(0, this.#bytesLength);
  }

  /** The id of a name that is not known; -1 where its quota has no room for another one, which is then not kept. */
  #learn(bytes: Uint8Array, start: number, end: number, nowMs: number): number {
    const name = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
    const steps = this.#rules.stepsOf(name);
    if (steps.rejected === undefined && !this.#meters.takeName(steps.quota, nowMs)) return -1;
    return this.#known.add(bytes, start, end, steps);
  }

  #meter(id: number, nowMs: number): RejectionReason | undefined {
    const isWithin = this.#meters.takePoint(this.#known.quotaOf(id), nowMs);
    return isWithin ? undefined : 'over-quota-points';
  }

  #beginBlock(): void {
    this.#bytesLength = 0;
    if (++this.#block > 0xffffffff) {
      this.#placedFor.fill(0);
      this.#block = 1;
    }
  }

  /** Where the new name of an id lies in `#bytes`: put there once for each block. */
  #place(id: number, blockBytes: Uint8Array): number {
    if (this.#bytesLength === 0) {
      this.#reserve(blockBytes.length);
      this.#bytes.set(blockBytes);
      this.#bytesLength = blockBytes.length;
    }
    if (id >= this.#placedAt.length) {
      const capacity = grownCapacity(this.#placedAt.length, id + 1);
      this.#placedAt = copied(this.#placedAt, new Uint32Array(capacity));
      this.#placedFor = copied(this.#placedFor, new Uint32Array(capacity));
    }
    if (this.#placedFor[id] !== this.#block) {
      const length = this.#known.renamedLength(id);
      this.#reserve(this.#bytesLength + length);
      this.#known.copyRenamed(id, this.#bytes, this.#bytesLength);
      this.#placedFor[id] = this.#block;
      this.#placedAt[id] = this.#bytesLength;
      this.#bytesLength += length;
    }
    return this.#placedAt[id];
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#bytes.length) return;
    this.#bytes = copied(this.#bytes, new Uint8Array(grownCapacity(this.#bytes.length, bytes)));
  }
}
