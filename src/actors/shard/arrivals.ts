import type { LogPlace } from '../ports/log.js';

/** Moments that are remembered; when there would be more, they are kept at twice the distance. */
const MOMENTS_MAX = 1024;

/** Where each log stood when a message had arrived. */
interface Moment {
  order: number;
  places: LogPlace[];
}

const NOWHERE: LogPlace = { sequence: 0, storedAtMs: 0 };

/**
 * The messages of all logs of a replica in the order in which they arrived. The queue knows this order alone;
 * here it is turned back into a sequence for each log, which is what a checkpoint has to say.
 */
export class Arrivals {
  /** The newest arrival. */
  newest = 0;
  #moments: Moment[];
  /** Arrivals between two remembered moments; only the newest may be closer to the one before. */
  #distance = 1;

  constructor(logs: number) {
    this.#moments = [{ order: 0, places: new Array<LogPlace>(logs).fill(NOWHERE) }];
  }

  /** A message of a log has arrived, or it is known never to arrive. Returns its place in the order. */
  add(log: number, place: LogPlace): number {
    const places = [...this.#last.places];
    places[log] = place;
    const isNear =
      this.newest < (this.#moments.at(-2)?.order ?? Number.NEGATIVE_INFINITY) + this.#distance;
    if (isNear) this.#moments.pop();
    this.#moments.push({ order: ++this.newest, places });
    if (this.#moments.length > MOMENTS_MAX) this.#thinOut();
    return this.newest;
  }

  /** A log is read from behind `place` on: whatever came before says nothing else of it. */
  restart(log: number, place: LogPlace): void {
    for (const moment of this.#moments) moment.places[log] = place;
  }

  /** The newest sequence of a log that has arrived. */
  sequence(log: number): number {
    return this.#last.places[log].sequence;
  }

  /** Places, one in each log, up to which all had arrived by then; older ones where that moment is forgotten. */
  placesAt(order: number): readonly LogPlace[] {
    return this.#moments[this.#indexAt(order)].places;
  }

  /** Nothing before this will be asked for again. */
  forgetBefore(order: number): void {
    this.#moments.splice(0, this.#indexAt(order));
    if (this.#moments.length < MOMENTS_MAX / 4) this.#distance = 1;
  }

  get #last(): Moment {
    return this.#moments[this.#moments.length - 1];
  }

  /** The newest moment that is not after `order`; the first one is never forgotten. */
  #indexAt(order: number): number {
    let low = 0;
    for (let high = this.#moments.length; high - low > 1; ) {
      const middle = (low + high) >> 1;
      if (this.#moments[middle].order <= order) low = middle;
      else high = middle;
    }
    return low;
  }

  #thinOut(): void {
    this.#distance *= 2;
    let kept = Number.NEGATIVE_INFINITY;
    const last = this.#last;
    this.#moments = this.#moments.filter((moment) => {
      if (moment.order < kept + this.#distance && moment !== last) return false;
      kept = moment.order;
      return true;
    });
  }
}
