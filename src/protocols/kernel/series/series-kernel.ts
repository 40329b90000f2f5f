import { assert } from '../../../assert.js';
import { instantiate } from '../wasm/module.js';
import { wasmModule } from '../wasm/wasm.js';
import { packFunctions } from './pack-program.js';
import * as at from './series-layout.js';
import { unpack } from './unpack-program.js';

/** A column of points in runs, each with a form of its own. */
export interface PackedColumn {
  /** A byte for each run. */
  readonly forms: Uint8Array;
  readonly bytes: Uint8Array;
}

/** Bytes that a point takes in each form, and those before the first one. */
const FORM_BYTES = [
  { point: 8, base: 0 },
  { point: 4, base: 0 },
  ...at.UNITS.flatMap(() => at.WIDTHS.map((point) => ({ point, base: at.BASE_BYTES }))),
];

/** So many runs of so many points, from a point on. */
interface Piece {
  readonly from: number;
  readonly runs: number;
  readonly count: number;
}

/**
 * Packs columns of series that have as many points each, every bit of which comes out as it went in, in WebAssembly (`pack-program.ts`,
 * `unpack-program.ts`). A run is a series, or as much of one as a call has room for.
 */
export class SeriesKernel {
  readonly #pack: (runs: number, count: number) => number;
  readonly #unpack: (runs: number, count: number) => number;
  readonly #points: Float64Array;
  readonly #bytes: Uint8Array;
  readonly #forms: Uint8Array;

  constructor() {
    const { buffer, functions } = instantiate(wasmModule(at.PAGES, [...packFunctions(), unpack()]));
    this.#pack = functions.pack;
    this.#unpack = functions.unpack;
    this.#points = new Float64Array(buffer, at.POINTS_AT, at.POINTS_MAX);
    this.#bytes = new Uint8Array(buffer, at.BYTES_AT, at.BYTES_MAX);
    this.#forms = new Uint8Array(buffer, at.FORMS_AT, at.POINTS_MAX);
    new Float64Array(buffer, at.UNITS_AT, at.UNITS.length).set(at.UNITS);
  }

  /** Packs `series` of `count` points each. The bytes take the place of the points. */
  pack(column: Float64Array, series: number, count: number): PackedColumn {
    const bytes = new Uint8Array(column.buffer, column.byteOffset, series * count * 8);
    const forms = new Uint8Array(runsOf(series, count));
    let run = 0;
    let end = 0;
    for (const piece of pieces(series, count)) {
      this.#points.set(column.subarray(piece.from, piece.from + piece.runs * piece.count));
      const length = this.#pack(piece.runs, piece.count) - at.BYTES_AT;
      // No form takes more than the points did: what is written over has been read.
      bytes.set(this.#bytes.subarray(0, length), end);
      forms.set(this.#forms.subarray(0, piece.runs), run);
      end += length;
      run += piece.runs;
    }
    return { forms, bytes: bytes.subarray(0, end) };
  }

  /** Puts the points of `series`, of `count` each, into the beginning of `column`. */
  unpack(
    { forms, bytes }: PackedColumn,
    series: number,
    count: number,
    column: Float64Array,
  ): void {
    assert(forms.length === runsOf(series, count), 'each run has a form');
    let run = 0;
    let from = 0;
    for (const piece of pieces(series, count)) {
      const some = forms.subarray(run, run + piece.runs);
      const end = from + bytesOf(some, piece.count);
      assert(end <= bytes.length, 'a column has the bytes that its forms tell of');
      this.#forms.set(some);
      this.#bytes.set(bytes.subarray(from, end));
      this.#unpack(piece.runs, piece.count);
      column.set(this.#points.subarray(0, piece.runs * piece.count), piece.from);
      from = end;
      run += piece.runs;
    }
  }
}

function bytesOf(forms: Uint8Array, count: number): number {
  let bytes = 0;
  for (const form of forms) {
    assert(form < FORM_BYTES.length, 'there are so many forms');
    const { point, base } = FORM_BYTES[form];
    bytes += point * count + base;
  }
  return bytes;
}

function runsOf(series: number, count: number): number {
  return series * Math.ceil(count / at.POINTS_MAX);
}

/** What is done in one call each: as many series as there is room for, or as much as there is of one. */
function* pieces(series: number, count: number): Generator<Piece> {
  if (count === 0) return;
  if (count > at.POINTS_MAX) {
    for (let i = 0; i < series; i++)
      for (let done = 0; done < count; done += at.POINTS_MAX)
        yield { from: i * count + done, runs: 1, count: Math.min(at.POINTS_MAX, count - done) };
    return;
  }
  const together = Math.floor(at.POINTS_MAX / count);
  for (let i = 0; i < series; i += together)
    yield { from: i * count, runs: Math.min(together, series - i), count };
}

let shared: SeriesKernel | undefined;

/** The one of this thread; it is made when it is needed first. */
export function seriesKernel(): SeriesKernel {
  shared ??= new SeriesKernel();
  return shared;
}
