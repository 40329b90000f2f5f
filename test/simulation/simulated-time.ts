import type { Random } from '../support/random.js';

interface Event {
  atMs: number;
  /** Of events at the same time the lower one comes first: chance decides, and the seed decides chance. */
  rank: number;
  run: () => void;
  isCancelled: boolean;
}

/**
 * Lets every promise that can settle settle. Nothing in a simulation waits for the system, so that the next tick, which comes
 * once no promise is left to settle, is late enough, and no turn of the event loop is needed.
 */
function settled(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

/** The events of a whole world in the order of their times. Time passes only from one event to the next. */
export class SimulatedTime {
  nowMs = 0;
  /** Events that have happened. */
  steps = 0;
  readonly #random: Random;
  /** A binary heap. */
  readonly #events: Event[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** Has `run` called at a time, now at the earliest. Returns how to prevent it. */
  at(atMs: number, run: () => void): () => void {
    const rank = this.#random.int(0, 1_000_000);
    const event: Event = { atMs: Math.max(atMs, this.nowMs), rank, run, isCancelled: false };
    this.#push(event);
    return () => {
      event.isCancelled = true;
    };
  }

  after(delayMs: number, run: () => void): () => void {
    return this.at(this.nowMs + delayMs, run);
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(delayMs, resolve);
    });
  }

  /** Lets events happen, each with all that follows from it at once, until `isOver` after one of them. */
  async run(isOver: () => boolean): Promise<void> {
    await settled();
    while (!isOver()) {
      const event = this.#pop();
      if (event === undefined) return;
      if (event.isCancelled) continue;
      this.nowMs = event.atMs;
      this.steps++;
      event.run();
      await settled();
    }
  }

  #push(event: Event): void {
    const events = this.#events;
    let at = events.length;
    for (
      let above = (at - 1) >> 1;
      at > 0 && isBefore(event, events[above]);
      above = (at - 1) >> 1
    ) {
      events[at] = events[above];
      at = above;
    }
    events[at] = event;
  }

  #pop(): Event | undefined {
    const events = this.#events;
    const first = events[0];
    const last = events.pop();
    if (last === undefined || events.length === 0) return first;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= events.length) break;
      if (below + 1 < events.length && isBefore(events[below + 1], events[below])) below++;
      if (!isBefore(events[below], last)) break;
      events[at] = events[below];
      at = below;
    }
    events[at] = last;
    return first;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.rank < b.rank);
}
