import { pause } from '../support/steady-load.js';
import { type Model, WAYS, type Way } from './model.js';
import type { Sender } from './senders.js';

const SLICE_MS = 100;
/** Slices that are sent as one where a sender is late. */
const SLICES_MAX = 8;

/** Told of points that are safe from now on. */
export type Acknowledged = (cells: readonly number[], nowMs: number) => void;

/**
 * Sends every point of the model at its time, each way by a sender of its own. A sender that is held up goes on where
 * it was, and is as fast as it can until it is in time again.
 */
export class Load {
  readonly #model: Model;
  readonly #senders: Readonly<Record<Way, Sender>>;
  readonly #acknowledged: Acknowledged;
  readonly #waiting: Record<Way, number[][]> = { nats: [], post: [], lines: [] };
  #isWhole = false;
  #isStopped = false;
  acknowledgedPoints = 0;
  sentLines = 0;

  constructor(
    model: Model,
    senders: Readonly<Record<Way, Sender>>,
    acknowledged: Acknowledged = () => undefined,
  ) {
    this.#model = model;
    this.#senders = senders;
    this.#acknowledged = acknowledged;
  }

  /** Resolves when all points were sent, and those acknowledged that can be; or soon after `stop`. */
  async run(): Promise<void> {
    const sending = Promise.all(WAYS.map((way) => this.#send(way)));
    const { rounds, stepS, startS } = this.#model;
    const slices = Math.round((stepS * 1000) / SLICE_MS);
    for (let slice = 0; slice < rounds * slices && !this.#isStopped; slice++) {
      await pause(Math.max(0, startS * 1000 + slice * SLICE_MS - Date.now()));
      this.#hand(this.#model.slice(Math.floor(slice / slices), slice % slices, slices));
    }
    this.#isWhole = true;
    await sending;
  }

  stop(): void {
    this.#isStopped = true;
  }

  #hand(cells: readonly number[]): void {
    for (const way of WAYS) {
      const own = cells.filter((cell) => this.#model.way(cell % this.#model.metrics) === way);
      if (own.length > 0) this.#waiting[way].push(own);
    }
  }

  async #send(way: Way): Promise<void> {
    const sender = this.#senders[way];
    while (!this.#isStopped) {
      const cells = this.#waiting[way].splice(0, SLICES_MAX).flat();
      if (cells.length > 0) {
        await sender.send(cells);
        if (way === 'lines') this.sentLines += cells.length;
        else this.#areSafe(cells);
      } else if (this.#isWhole) return;
      else await pause(SLICE_MS / 2);
    }
  }

  #areSafe(cells: readonly number[]): void {
    for (const cell of cells) this.#model.acknowledged[cell] = 1;
    this.acknowledgedPoints += cells.length;
    this.#acknowledged(cells, Date.now());
  }
}
