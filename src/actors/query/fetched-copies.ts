import type { SeriesBlock } from '../../protocols/messages.js';
import { eachSeries } from '../../protocols/series-blocks.js';
import type { Turns } from '../../query/evaluation.js';
import { hasHoles } from '../../query/holes.js';
import { mergeReplicas } from '../../query/merge.js';
import type { Series } from '../../query/series.js';
import type { Asked } from './asking.js';

/** Metrics whose copies are put together between two looks at the clock. */
const MERGED_AT_ONCE = 32;

/** What a node answered about some of the names, which are at these places. */
export interface FetchedPart {
  readonly places: readonly number[];
  /** Undefined where it has no such metric. */
  readonly series: readonly (Series | undefined)[];
  /** Of which of them another replica may have something that it lacks. */
  readonly incomplete: ReadonlySet<number>;
  /** Of the values, as floats at least: narrower ones are sent sooner, but not read. */
  readonly bytes: number;
}

/** What one replica says of a metric, and how much it is preferred. */
interface Copy {
  readonly series: Series | undefined;
  readonly isIncomplete: boolean;
  readonly node: string;
  readonly place: number;
}

/**
 * Unpacks an answer about the names at some places. Done as it comes in, so that no time is long.
 *
 * @param room makes the room for so many points, or more
 */
export function fetchedPart(
  names: readonly string[],
  places: readonly number[],
  blocks: readonly SeriesBlock[],
  nowS: number,
  room: (points: number) => Float64Array,
): FetchedPart {
  const series = new Array<Series | undefined>(places.length).fill(undefined);
  const incomplete = new Set<number>();
  let told = 0;
  let bytes = 0;
  for (const block of blocks) {
    const { startS, endS, stepS } = block;
    let points = 0;
    const take = (which: number, values: Float64Array): void => {
      const one = { name: names[places[which]], startS, endS, stepS, values };
      series[which] = one;
      told++;
      points += values.length;
      if (hasHoles(one, nowS)) incomplete.add(which);
    };
    eachSeries(block, take, room);
    bytes += Math.max(block.values.length, points * 4);
  }
  if (told < places.length)
    for (let i = 0; i < places.length; i++) if (series[i] === undefined) incomplete.add(i);
  return { places, series, incomplete, bytes };
}

/** Whether two of the answers are about the same shard. */
export function overlap(asked: readonly Asked<unknown>[]): boolean {
  const shards = new Set<number>();
  for (const { answer, shards: answered } of asked) {
    if (answer === undefined) continue;
    for (const shard of answered.keys()) {
      if (shards.has(shard)) return true;
      shards.add(shard);
    }
  }
  return false;
}

/** All series of answers that lack nothing, by name; undefined where there is more to do than to put them in order. */
export function seriesOfWhole(
  asked: readonly Asked<FetchedPart | null>[],
): readonly Series[] | undefined {
  if (overlap(asked)) return undefined;
  const all: Series[] = [];
  for (const { answer } of asked) {
    if (answer === undefined) continue;
    if (answer === null || answer.incomplete.size > 0) return undefined;
    // Of each that is missing it is said that it is incomplete.
    for (const one of answer.series) all.push(one as Series);
  }
  return all.sort(byName);
}

export function byName(a: Series, b: Series): number {
  return a.name < b.name ? -1 : 1;
}

/** The series of some names as one or more replicas have them. */
export class FetchedCopies {
  /** By the place of the name. */
  readonly #copies: (Copy[] | undefined)[];

  /** @param names how many they are */
  constructor(names: number) {
    this.#copies = new Array(names);
  }

  /** @param shardOf the shards of the names, by their places */
  async take(
    asked: readonly Asked<readonly FetchedPart[]>[],
    shardOf: ArrayLike<number>,
    turns: Turns,
  ): Promise<void> {
    for (const { node, answer, shards } of asked) {
      for (const { places, series, incomplete } of answer ?? []) {
        if (turns.isOver()) await turns.next();
        for (let i = 0; i < places.length; i++) {
          const at = places[i];
          const place = shards.get(shardOf[at]) ?? 0;
          const copy = { node, place, series: series[i], isIncomplete: incomplete.has(i) };
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

  /** The places of names of which every replica that has told something lacks something. */
  stillIncomplete(): number[] {
    const places: number[] = [];
    this.#copies.forEach((copies, at) => {
      if (copies?.every((copy) => copy.isIncomplete)) places.push(at);
    });
    return places;
  }

  /** The names of which several replicas have told something. */
  *toldBySeveral(): Generator<{ at: number; copies: readonly Copy[] }> {
    for (const [at, copies] of this.#copies.entries())
      if (copies !== undefined && copies.length > 1) yield { at, copies };
  }

  /** The series of the names that exist, in the order of the names. */
  async merged(turns: Turns): Promise<{ series: Series[]; filledPoints: number }> {
    const series: Series[] = [];
    let filledPoints = 0;
    for (const [at, copies] of this.#copies.entries()) {
      if (at % MERGED_AT_ONCE === MERGED_AT_ONCE - 1 && turns.isOver()) await turns.next();
      if (copies === undefined) continue;
      if (copies.length === 1) {
        if (copies[0].series !== undefined) series.push(copies[0].series);
        continue;
      }
      copies.sort((a, b) => a.place - b.place);
      const known = copies.flatMap((copy) => copy.series ?? []);
      if (known.length === 0) continue;
      const merged = mergeReplicas(known);
      filledPoints += merged.filledPoints;
      series.push(merged.series);
    }
    return { series, filledPoints };
  }
}
