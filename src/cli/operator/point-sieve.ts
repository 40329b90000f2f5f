import type { Clock } from '../../actors/ports/clock.js';
import { decodeBatch } from '../../protocols/batch.js';
import { PointBlock } from '../../protocols/points.js';

/** Names whose answer is remembered; then it begins anew. */
const KNOWN_MAX = 100_000;
const SECOND_MS = 1000;

/** Lets those points of a log through that are wanted, so many a second at most. */
export class PointSieve {
  /** Points that were let through. */
  shown = 0;
  /** Points that were wanted and are over the rate, since `takeHeldBack`. */
  #heldBack = 0;
  readonly #wanted: (name: string) => boolean;
  readonly #rate: number;
  readonly #countMax: number;
  readonly #clock: Clock;
  readonly #known = new Map<string, boolean>();
  readonly #block = new PointBlock();
  #secondMs = Number.NEGATIVE_INFINITY;
  #left = 0;

  /**
   * @param rate points a second that are let through
   * @param countMax points that are let through in all
   */
  constructor(options: {
    wanted: (name: string) => boolean;
    rate: number;
    countMax: number;
    clock: Clock;
  }) {
    this.#wanted = options.wanted;
    this.#rate = options.rate;
    this.#countMax = options.countMax;
    this.#clock = options.clock;
  }

  /** True when as many were let through as were wanted in all. */
  get isDone(): boolean {
    return this.shown >= this.#countMax;
  }

  /** Calls `show` for each point of a batch that is let through. Returns why a broken batch is none, else undefined. */
  sift(
    batch: Uint8Array,
    show: (name: string, timestamp: number, value: number) => void,
  ): string | undefined {
    const block = this.#block;
    const problem = decodeBatch(batch, block);
    for (let i = 0; i < block.count && !this.isDone; i++) {
      const name = block.name(i);
      if (!this.#isWanted(name)) continue;
      if (!this.#mayShow()) {
        this.#heldBack++;
        continue;
      }
      this.shown++;
      show(name, block.timestamps[i], block.values[i]);
    }
    return problem;
  }

  /** How many were held back since the last time this was asked. */
  takeHeldBack(): number {
    const heldBack = this.#heldBack;
    this.#heldBack = 0;
    return heldBack;
  }

  #mayShow(): boolean {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#secondMs >= SECOND_MS) {
      this.#secondMs = nowMs;
      this.#left = this.#rate;
    }
    return this.#left-- > 0;
  }

  #isWanted(name: string): boolean {
    let wanted = this.#known.get(name);
    if (wanted === undefined) {
      if (this.#known.size >= KNOWN_MAX) this.#known.clear();
      wanted = this.#wanted(name);
      this.#known.set(name, wanted);
    }
    return wanted;
  }
}
