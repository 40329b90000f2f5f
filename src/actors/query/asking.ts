import { errorText } from '../../errors.js';
import type { Cancel, Clock } from '../ports/clock.js';
import type { ReplicaChoice } from './replica-choice.js';

/** How a node that is asked for much gets on with it. */
export interface Progress {
  /** Some of it has come. */
  made(): void;
  /** Whether the rest is of any use. */
  isWanted(): boolean;
}

export type Ask<R> = (node: string, shards: number[], progress: Progress) => Promise<R>;

/** What one node was asked, and what came back. */
export interface Asked<R> {
  node: string;
  asked: readonly number[];
  /** The shards it was asked about, but those that its answer leaves out; each with the place of this node among the shard's replicas, best 0. */
  shards: Map<number, number>;
  answer: R | undefined;
  /** Why there is no answer, once that is known. */
  failure?: string;
}

/** Nodes that were asked for one purpose, some at once and more later, and what they have answered so far. */
export class Asking<R> {
  readonly #ask: Ask<R>;
  readonly #answeredBy: ((answer: R) => readonly number[]) | undefined;
  readonly #clock: Clock;
  readonly #failed: (node: string, error: unknown) => void;
  readonly #asked: Asked<R>[] = [];
  /** Shards that were asked about and nobody has answered for. */
  readonly #uncovered = new Set<number>();
  /** The nodes that are at it, and when something came of each; those that were only asked at the time of that. */
  readonly #open = new Map<Asked<R>, number>();
  #isOver = false;
  #wake: () => void = () => undefined;

  /** @param answeredBy the shards that an answer is about, where a node may leave some out */
  constructor(
    ask: Ask<R>,
    answeredBy: ((answer: R) => readonly number[]) | undefined,
    clock: Clock,
    failed: (node: string, error: unknown) => void,
  ) {
    this.#ask = ask;
    this.#answeredBy = answeredBy;
    this.#clock = clock;
    this.#failed = failed;
  }

  /** Asks nodes about shards, each node once: those that `nodesOf` chooses and that were not asked about the shard before. */
  ask(
    choices: ReadonlyMap<number, ReplicaChoice>,
    nodesOf: (choice: ReplicaChoice, shard: number) => readonly string[],
  ): void {
    const byNode = new Map<string, Map<number, number>>();
    for (const [shard, choice] of choices) {
      for (const node of nodesOf(choice, shard)) {
        if (this.#asked.some((one) => one.node === node && one.asked.includes(shard))) continue;
        const shards = byNode.get(node) ?? new Map<number, number>();
        byNode.set(node, shards.set(shard, choice.ranked.indexOf(node)));
        this.#uncovered.add(shard);
      }
    }
    for (const [node, shards] of byNode) void this.#askNode(node, shards);
  }

  /** Those of the shards that nobody has answered for. */
  missing(shards: readonly number[]): number[] {
    const answered = new Set<number>();
    for (const one of this.#asked)
      if (one.answer !== undefined) for (const shard of one.shards.keys()) answered.add(shard);
    return shards.filter((shard) => !answered.has(shard));
  }

  /**
   * Waits until everybody has answered or failed, or `graceMs` after there was an answer for each shard, or, while there is
   * none, until nothing has come from somebody for `limitMs`.
   */
  async answered(limitMs: number, graceMs: number): Promise<void> {
    const isCovered = () => this.#open.size === 0 || this.#uncovered.size === 0;
    for (let leftMs = limitMs; leftMs > 0; leftMs = limitMs - this.#silentMs()) {
      if (!(await this.#until(isCovered, leftMs))) continue;
      if (graceMs > 0) await this.#until(() => this.#open.size === 0, graceMs);
      return;
    }
  }

  /** For how long nothing has come from the one who is silent for longest. */
  #silentMs(): number {
    return this.#clock.monotonicMs() - Math.min(...this.#open.values());
  }

  /** What came back; answers that come later change nothing. */
  end(): Asked<R>[] {
    this.#isOver = true;
    return this.#asked;
  }

  async #askNode(node: string, shards: Map<number, number>): Promise<void> {
    const one: Asked<R> = { node, asked: [...shards.keys()], shards, answer: undefined };
    this.#asked.push(one);
    this.#open.set(one, this.#clock.monotonicMs());
    const progress: Progress = {
      made: () => {
        if (this.#open.has(one)) this.#open.set(one, this.#clock.monotonicMs());
      },
      isWanted: () => !this.#isOver,
    };
    try {
      const answer = await this.#ask(node, [...one.asked], progress);
      if (this.#isOver) return;
      const answered = new Set(this.#answeredBy?.(answer) ?? one.asked);
      for (const shard of one.asked) {
        if (answered.has(shard)) this.#uncovered.delete(shard);
        else one.shards.delete(shard);
      }
      one.answer = answer;
    } catch (error) {
      one.failure = errorText(error);
      this.#failed(node, error);
    }
    this.#open.delete(one);
    this.#wake();
  }

  /** Whether it came to that within the time. */
  #until(done: () => boolean, limitMs: number): Promise<boolean> {
    if (done()) return Promise.resolve(true);
    return new Promise((resolve) => {
      let cancel: Cancel = () => undefined;
      const end = (is: boolean): void => {
        cancel();
        this.#wake = () => undefined;
        resolve(is);
      };
      this.#wake = () => {
        if (done()) end(true);
      };
      if (Number.isFinite(limitMs)) cancel = this.#clock.after(limitMs, () => end(false));
    });
  }
}
