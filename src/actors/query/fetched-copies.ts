import type { SeriesBlock } from '../../protocols/messages.js';
import { eachSeries } from '../../protocols/series-blocks.js';
import type { Turns } from '../../query/evaluation.js';
import { mergeReplicas } from '../../query/merge.js';
import type { Series } from '../../query/series.js';
import type { Asked } from './asking.js';

/** What a replica has of one metric. */
export interface FetchedSeries {
  /** Undefined where it has no such metric. */
  readonly series: Series | undefined;
  /** Whether another replica may have something that it lacks. */
  readonly isIncomplete: boolean;
}

/** What a node answered about some of the names: their places, and what it has of each. */
export interface FetchedPart {
  readonly places: readonly number[];
  readonly fetched: readonly FetchedSeries[];
  /** Of the values. */
  readonly bytes: number;
}

/** What one replica says of a metric, and how much it is preferred. */
interface Copy extends FetchedSeries {
  readonly node: string;
  readonly place: number;
}

/** Points younger than this, or than two steps, may still be on their way to every replica. */
const FRESH_S = 60;
const FRESH_STEPS = 2;

const NOTHING: FetchedSeries = { series: undefined, isIncomplete: true };

/** Unpacks an answer about the names at some places. Done as it comes in, so that no time is long. */
export function fetchedPart(
  names: readonly string[],
  places: readonly number[],
  blocks: readonly SeriesBlock[],
  nowS: number,
): FetchedPart {
  const fetched = new Array<FetchedSeries>(places.length).fill(NOTHING);
  for (const block of blocks) {
    eachSeries(block, ({ which, startS, endS, stepS, values }) => {
      const series = { name: names[places[which]], startS, endS, stepS, values };
      fetched[which] = { series, isIncomplete: hasHoles(series, nowS) };
    });
  }
  const bytes = blocks.reduce((sum, { values }) => sum + values.length, 0);
  return { places, fetched, bytes };
}

/** The series of some names as one or more replicas have them. */
export class FetchedCopies {
  readonly #names: readonly string[];
  /** By the place of the name. */
  readonly #copies: (Copy[] | undefined)[];

  constructor(names: readonly string[]) {
    this.#names = names;
    this.#copies = new Array(names.length);
  }

  /** @param shardOf the shards of the names, by their places */
  take(asked: readonly Asked<readonly FetchedPart[]>[], shardOf: ArrayLike<number>): void {
    for (const { node, answer, shards } of asked) {
      for (const { places, fetched } of answer ?? []) {
        for (let i = 0; i < places.length; i++) {
          const at = places[i];
          const { series, isIncomplete } = fetched[i];
          const copy = { node, place: shards.get(shardOf[at]) ?? 0, series, isIncomplete };
          const known = this.#copies[at];
          if (known === undefined) this.#copies[at] = [copy];
          else known.push(copy);
        }
      }
    }
  }

  /** The places of names of which the replica that was asked lacks something that another may have. */
  incomplete(): number[] {
    const places: number[] = [];
    this.#copies.forEach((copies, at) => {
      if (copies?.[0].isIncomplete ?? true) places.push(at);
    });
    return places;
  }

  /** The names of which several replicas have told something. */
  *toldBySeveral(): Generator<{ at: number; copies: readonly Copy[] }> {
    for (const [at, copies] of this.#copies.entries())
      if (copies !== undefined && copies.length > 1) yield { at, copies };
  }

  /** The series of the names that exist, in the order of the names. */
  async merged(turns: Turns): Promise<{ series: Map<string, Series>; filledPoints: number }> {
    const series = new Map<string, Series>();
    let filledPoints = 0;
    for (const [at, copies = []] of this.#copies.entries()) {
      if (turns.isOver()) await turns.next();
      if (copies.length === 1) {
        if (copies[0].series !== undefined) series.set(this.#names[at], copies[0].series);
        continue;
      }
      copies.sort((a, b) => a.place - b.place);
      const known = copies.flatMap((copy) => copy.series ?? []);
      if (known.length === 0) continue;
      const merged = mergeReplicas(known);
      filledPoints += merged.filledPoints;
      series.set(this.#names[at], merged.series);
    }
    return { series, filledPoints };
  }
}

/** Whether a point is missing that has had time to arrive. */
function hasHoles({ startS, stepS, values }: Series, nowS: number): boolean {
  const settledS = nowS - Math.max(FRESH_S, FRESH_STEPS * stepS);
  const settled = Math.min(values.length, Math.ceil((settledS - startS) / stepS));
  for (let i = 0; i < settled; i++) if (Number.isNaN(values[i])) return true;
  return false;
}
