import { type Clock, sleep } from '../ports/clock.js';
import type { Progress } from './asking.js';
import { type LongWorkPace, REST_PER_WORK } from './long-work-pace.js';

/** As long as whoever composes the query says nothing else. */
const PARTS_AT_ONCE = 2;
/** A part that takes longer, of a node that is busy or gone, keeps no others from having their turn. */
const TURN_MS = 250;
/** Names in one request: it stays below NATS' `max_payload`. */
const NAMES_MAX = 500;
const NAMES_MIN = 16;
/** As long as nobody knows how much a node has to say of a name. */
const NAMES_AT_FIRST = 64;
/** What a reply shall take: it is one message, and nobody has to wait for long behind it on any way that it takes. */
const REPLY_BYTES = 400 * 1024;
/** Who asks in parts then leaves the processors to others for twice as long as a part has taken, but for no longer than this. */
const REST_MS_MAX = 50;

/** A question about the names at some places. */
export interface PartQuestion<R> {
  ask(names: string[], places: readonly number[]): Promise<R>;
  /** What an answer takes. */
  bytesOf(answer: R): number;
}

/**
 * Asks nodes about names in parts, so that memory for few answers is held at a time, and a request for a few names has not to
 * wait until one for thousands is read, sent and unpacked. Questions that take several parts have their turns one after the
 * other: they shall not keep all processors busy by themselves, and less so while others ask short ones.
 */
export class NodeParts {
  /** Of what is done for long questions in this thread. */
  readonly pace: LongWorkPace;
  readonly #clock: Clock;
  readonly #atOnce: number;
  readonly #lane: Lane;

  /** @param atOnce parts that nodes have in hand at a time, all together */
  constructor(clock: Clock, pace: LongWorkPace, atOnce = PARTS_AT_ONCE) {
    this.pace = pace;
    this.#clock = clock;
    this.#atOnce = atOnce;
    this.#lane = new Lane(atOnce);
  }

  /** @param places of the names to ask about */
  async ask<R>(
    names: readonly string[],
    places: readonly number[],
    question: PartQuestion<R>,
    progress: Progress,
  ): Promise<R[]> {
    const parts: R[] = [];
    let size = NAMES_AT_FIRST;
    let next = 0;
    const askNext = async (): Promise<void> => {
      const some = places.slice(next, next + size);
      next += some.length;
      const asked = some.map((place) => names[place]);
      const answer = await question.ask(asked, some);
      progress.made();
      size = fitting(some.length, question.bytesOf(answer));
      parts.push(answer);
    };
    if (places.length <= size) {
      await askNext();
      this.pace.noteShort();
      return parts;
    }
    const askOn = async (): Promise<void> => {
      while (next < places.length && progress.isWanted()) {
        await this.#inTurn(async () => {
          if (next >= places.length || !progress.isWanted()) return;
          const beganMs = this.#clock.monotonicMs();
          await askNext();
          if (next < places.length) await this.#rest(this.#clock.monotonicMs() - beganMs);
        });
      }
    };
    const failed = (error: unknown): never => {
      next = places.length;
      throw error;
    };
    await Promise.all(Array.from({ length: this.#atOnce }, () => askOn().catch(failed)));
    return parts;
  }

  async #rest(tookMs: number): Promise<void> {
    if (tookMs > 0 && this.pace.isBeside)
      await sleep(this.#clock, Math.min(tookMs * REST_PER_WORK, REST_MS_MAX));
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    await this.#lane.enter();
    let isLeft = false;
    const leave = (): void => {
      if (!isLeft) this.#lane.leave();
      isLeft = true;
    };
    const cancel = this.#clock.after(TURN_MS, leave);
    try {
      await work();
    } finally {
      cancel();
      leave();
    }
  }
}

/** How many names to ask for, where so many took so much. */
function fitting(names: number, bytes: number): number {
  const count = bytes === 0 ? NAMES_MAX : Math.floor((REPLY_BYTES * names) / bytes);
  return Math.max(NAMES_MIN, Math.min(NAMES_MAX, count));
}

/** Lets so many in at a time, the others in the order in which they came. */
class Lane {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(width: number) {
    this.#free = width;
  }

  async enter(): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((entered) => this.#waiting.push(entered));
  }

  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}
