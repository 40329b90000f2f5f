import type { SeriesBlock } from '../../protocols/messages.js';
import { eachSeries } from '../../protocols/series-blocks.js';
import { mergeReplicas } from '../../query/merge.js';
import type { Series } from '../../query/series.js';
import type { Asked } from './asking.js';

/** What a node answered about some of the names: the places of those, and their series. */
export interface FetchedPart {
  readonly places: readonly number[];
  readonly blocks: readonly SeriesBlock[];
}

/** What one replica says of a metric, and how much it is preferred. */
export interface Copy {
  readonly node: string;
  readonly place: number;
  /** Undefined where it has no such metric. */
  series: Series | undefined;
}

/** Points younger than this, or than two steps, may still be on their way to every replica. */
const FRESH_S = 60;
const FRESH_STEPS = 2;

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
      for (const { places, blocks } of answer ?? []) {
        const copies = places.map((at) => {
          const copy = { node, place: shards.get(shardOf[at]) ?? 0, series: undefined };
          const known = this.#copies[at];
          if (known === undefined) this.#copies[at] = [copy];
          else known.push(copy);
          return copy as Copy;
        });
        for (const block of blocks) {
          eachSeries(block, ({ which, startS, endS, stepS, values }) => {
            const name = this.#names[places[which]];
            copies[which].series = { name, startS, endS, stepS, values };
          });
        }
      }
    }
  }

  /** The places of names of which the replicas so far lack something that another may have. */
  incomplete(nowS: number): number[] {
    const places: number[] = [];
    this.#copies.forEach((copies, at) => {
      const series = copies?.[0].series;
      if (series === undefined || hasHoles(series, nowS)) places.push(at);
    });
    return places;
  }

  /** The names of which several replicas have told something. */
  *toldBySeveral(): Generator<{ at: number; copies: readonly Copy[] }> {
    for (const [at, copies] of this.#copies.entries())
      if (copies !== undefined && copies.length > 1) yield { at, copies };
  }

  /** The series of the names that exist, in the order of the names. */
  merged(): { series: Map<string, Series>; filledPoints: number } {
    const series = new Map<string, Series>();
    let filledPoints = 0;
    this.#copies.forEach((copies, at) => {
      if (copies === undefined) return;
      const known = copies.filter((copy) => copy.series !== undefined);
      if (known.length === 0) return;
      known.sort((a, b) => a.place - b.place);
      const merged = mergeReplicas(known.map((copy) => copy.series as Series));
      filledPoints += merged.filledPoints;
      series.set(this.#names[at], merged.series);
    });
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
