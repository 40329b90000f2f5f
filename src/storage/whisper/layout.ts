import { methodCode } from './aggregation.js';
import { encodeHeader, retentionOf, type WhisperHeader } from './format.js';

/** Slots of the finest archive that may wait for their roll-up: about a page of the file. */
const ROLL_UP_SLOTS = 340;

/** What the slot arithmetic needs of a file's header, as numbers. Shared by all files with equal headers. */
export class Layout {
  readonly header: WhisperHeader;
  readonly archives: number;
  readonly methodCode: number;
  readonly xFilesFactor: number;
  /** Seconds a slot, of each archive. */
  readonly step: Float64Array;
  /** Slots, of each archive. */
  readonly points: Float64Array;
  /** Position of slot 0, bytes, of each archive. */
  readonly offset: Float64Array;
  /** Seconds that each archive covers. */
  readonly retention: Float64Array;

  constructor(header: WhisperHeader) {
    const { archives } = header;
    this.header = header;
    this.archives = archives.length;
    this.methodCode = methodCode(header.aggregationMethod);
    this.xFilesFactor = header.xFilesFactor;
    this.step = Float64Array.from(archives, (a) => a.secondsPerPoint);
    this.points = Float64Array.from(archives, (a) => a.points);
    this.offset = Float64Array.from(archives, (a) => a.offset);
    this.retention = Float64Array.from(archives, retentionOf);
  }

  /**
   * Whether the points from `fromS` to `toS` of the finest archive can be rolled up in one go with the same result as one
   * after the other: none of their windows may begin so early that they overwrite its slots. Also keeps the time short
   * enough for one read.
   */
  canRollUpTogether(fromS: number, toS: number): boolean {
    if (toS - fromS > ROLL_UP_SLOTS * this.step[0]) return false;
    for (let i = 0; i + 1 < this.archives; i++) {
      const windowStart = fromS - (fromS % this.step[i + 1]);
      if (toS - windowStart >= this.retention[i]) return false;
    }
    return true;
  }
}

/** The slot of an interval in a ring whose slot 0 holds, or held, the interval `base`. */
export function slotOf(interval: number, base: number, step: number, points: number): number {
  const slot = ((interval - base) / step) % points;
  return slot < 0 ? slot + points : slot;
}

/** The layouts in use, each once, by number from 1 on. */
export class LayoutTable {
  readonly #layouts: Layout[] = [];
  readonly #numbers = new Map<string, number>();

  get(number: number): Layout {
    return this.#layouts[number - 1];
  }

  number(header: WhisperHeader): number {
    const key = Buffer.from(encodeHeader(header)).toString('latin1');
    const found = this.#numbers.get(key);
    if (found !== undefined) return found;
    this.#layouts.push(new Layout(header));
    this.#numbers.set(key, this.#layouts.length);
    return this.#layouts.length;
  }
}
