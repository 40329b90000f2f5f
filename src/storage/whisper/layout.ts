import { methodCode } from './aggregation.js';
import {
  archiveCount,
  decodeHeader,
  encodeHeader,
  endOfArchives,
  headerBytes,
  headerProblem,
  retentionOf,
  type WhisperHeader,
} from './format.js';

/** Slots of the finest archive that may wait for their roll-up: about a page of the file. */
const ROLL_UP_SLOTS = 340;

/** Step and retention in seconds, length in slots, position in bytes. */
interface Finest {
  readonly step: number;
  readonly points: number;
  readonly offset: number;
  readonly retention: number;
}

/** What the slot arithmetic needs of a file's header, as numbers. Shared by all files with equal headers. */
export class Layout {
  readonly header: WhisperHeader;
  /** The header as it lies in a file. */
  readonly headerBytes: Uint8Array;
  /** Length of a whole file, bytes. */
  readonly fileBytes: number;
  /** Why the slot arithmetic does not work; undefined when it does. */
  readonly problem: string | undefined;
  /** Its place in a `LayoutTable`, from 1 on; 0: in none. */
  readonly number: number;
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
  /** The finest archive: what each update needs, in one place. */
  readonly finest: Finest;
  /** Points of the second archive less far apart than this can be rolled up from it together; infinite where it is the last. */
  readonly coarseSpanS: number;
  /** Points no further apart than this can always be rolled up together; negative: never for sure. */
  readonly #surelyTogetherS: number;

  constructor(header: WhisperHeader, number = 0) {
    const { archives } = header;
    this.header = header;
    this.headerBytes = encodeHeader(header);
    this.fileBytes = endOfArchives(header);
    this.problem = headerProblem(header);
    this.number = number;
    this.archives = archives.length;
    this.methodCode = methodCode(header.aggregationMethod);
    this.xFilesFactor = header.xFilesFactor;
    this.step = Float64Array.from(archives, (a) => a.secondsPerPoint);
    this.points = Float64Array.from(archives, (a) => a.points);
    this.offset = Float64Array.from(archives, (a) => a.offset);
    this.retention = Float64Array.from(archives, retentionOf);
    this.finest = {
      step: this.step[0],
      points: this.points[0],
      offset: this.offset[0],
      retention: this.retention[0],
    };
    const spans = archives
      .slice(1)
      .map((coarser, i) => this.retention[i] - coarser.secondsPerPoint);
    this.coarseSpanS = Math.min(Number.POSITIVE_INFINITY, ...spans.slice(1));
    this.#surelyTogetherS = Math.min(ROLL_UP_SLOTS * this.step[0], ...spans);
  }

  /**
   * Whether the points from `fromS` to `toS` of the finest archive can be rolled up in one go with the same result as one
   * after the other: none of their windows may begin so early that they overwrite its slots. Also keeps the time short
   * enough for one read.
   */
  canRollUpTogether(fromS: number, toS: number): boolean {
    if (toS - fromS <= this.#surelyTogetherS) return true;
    if (toS - fromS > ROLL_UP_SLOTS * this.step[0]) return false;
    for (let i = 0; i + 1 < this.archives; i++) {
      const windowStart = intervalOf(fromS, this.step[i + 1]);
      if (toS - windowStart >= this.retention[i]) return false;
    }
    return true;
  }
}

/** The interval that a timestamp of 32 bits lies in. Exact, and several times as fast as `%` of doubles. */
export function intervalOf(timestamp: number, step: number): number {
  return Math.floor(timestamp / step) * step;
}

/** The slot of an interval in a ring whose slot 0 holds, or held, the interval `base`. */
export function slotOf(interval: number, base: number, step: number, points: number): number {
  const place = Math.floor((interval - base) / step);
  return place - Math.floor(place / points) * points;
}

/** The layouts in use, each once. */
export class LayoutTable {
  readonly #layouts: Layout[] = [];
  readonly #byBytes = new Map<string, Layout>();

  get(number: number): Layout {
    return this.#layouts[number - 1];
  }

  of(header: WhisperHeader): Layout {
    const key = keyOf(encodeHeader(header));
    return this.#byBytes.get(key) ?? this.#add(key, header);
  }

  /** The layout of a file by its first bytes; undefined when they are not a whisper header. */
  ofBytes(bytes: Uint8Array): Layout | undefined {
    const count = archiveCount(bytes);
    if (count === undefined) return undefined;
    const key = keyOf(bytes.subarray(0, headerBytes(count)));
    const found = this.#byBytes.get(key);
    if (found !== undefined) return found;
    const header = decodeHeader(bytes);
    return header === undefined ? undefined : this.#add(key, header);
  }

  #add(key: string, header: WhisperHeader): Layout {
    const layout = new Layout(header, this.#layouts.length + 1);
    this.#layouts.push(layout);
    this.#byBytes.set(key, layout);
    return layout;
  }
}

function keyOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
