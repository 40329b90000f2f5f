import type { Progress } from './asking.js';

/** Requests that one node has at a time for questions about many names, of whoever asks. */
const PARTS_AT_ONCE = 2;
/** Names in one request: it stays below NATS' `max_payload`. */
const NAMES_MAX = 500;
const NAMES_MIN = 16;
/** As long as nobody knows how much a node has to say of a name. */
const NAMES_AT_FIRST = 64;
/** What a reply shall take: it is one message, and nobody has to wait for long behind it on any way that it takes. */
const REPLY_BYTES = 400 * 1024;

/** A question about the names at some places. */
export interface PartQuestion<R> {
  ask(names: string[], places: readonly number[]): Promise<R>;
  /** What an answer takes. */
  bytesOf(answer: R): number;
}

/**
 * Asks nodes about names in parts, so that memory for few answers is held at a time, and a request for a few names has not to
 * wait until one for thousands is read, sent and unpacked. Questions that take several parts have their turns one after the
 * other.
 */
export class NodeParts {
  readonly #lanes = new Map<string, Lane>();

  /** @param places of the names to ask about */
  async ask<R>(
    node: string,
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
      return parts;
    }
    const lane = this.#lanes.get(node) ?? new Lane(PARTS_AT_ONCE);
    this.#lanes.set(node, lane);
    const askOn = async (): Promise<void> => {
      while (next < places.length && progress.isWanted()) {
        await lane.enter();
        try {
          if (next < places.length && progress.isWanted()) await askNext();
        } catch (error) {
          next = places.length;
          throw error;
        } finally {
          lane.leave();
        }
      }
    };
    await Promise.all(Array.from({ length: PARTS_AT_ONCE }, askOn));
    return parts;
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
