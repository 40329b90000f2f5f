import { CarbonbusError } from '../../errors.js';
import { type FoldedBlock, type FoldKind, mayHaveTags } from '../../protocols/folded-block.js';
import type { SeriesBlock } from '../../protocols/messages.js';
import { Fold, type Folded } from '../../query/fold.js';
import type { Series } from '../../query/series.js';
import { GlobRefusal, parseGlob } from '../../routing/glob.js';
import type { ShardMap } from '../../routing/shard-map.js';
import type { Ask, Asked } from './asking.js';
import {
  byName,
  FetchedCopies,
  type FetchedPart,
  fetchedPart,
  overlap,
  seriesOfWhole,
} from './fetched-copies.js';
import type { FoldsInVain } from './folds-in-vain.js';
import type { Inquiry } from './inquiry.js';
import { type NameQuestions, pushPlace } from './name-questions.js';
import type { ReadRepairs } from './read-repairs.js';
import { expectAnswer, HEDGE_MS, type Replicas } from './replicas.js';
import { sortedOnce } from './sorted-texts.js';
import type { WorkTurns } from './work-turns.js';

/** Of many names a replica may be silent for longer before others are asked besides: parts wait for their turns. */
const HEDGE_MS_PER_NAME = 0.5;
const HEDGE_MS_MAX = 1_000;
/** Metrics whose replicas are compared between two looks at the clock. */
const COMPARED_AT_ONCE = 32;

/** The points after `fromS` and up to `untilS`, as of `nowS`; seconds. */
export interface FetchWindow {
  readonly fromS: number;
  readonly untilS: number;
  readonly nowS: number;
}

/** The metrics that match a glob, sorted, and the series of those that have any in the window, in the same order. */
export interface Matching {
  readonly names: readonly string[];
  /** There are more than were to be told, and there are no series. */
  readonly isTruncated: boolean;
  readonly series: readonly Series[];
  /** What was made of the series instead, if that was asked for; then neither they nor their names are told. */
  readonly folded?: Folded;
}

/** What a node has of the metrics that match; `part` is null where these have to be asked for by their names. */
interface MatchingAnswer {
  readonly names: readonly string[];
  readonly shards: readonly number[];
  readonly truncated: boolean;
  readonly part: FetchedPart | null;
  /** Of metrics that are not among the names. */
  readonly folded?: FoldedBlock | undefined;
}

interface SeriesFetchParts {
  readonly questions: NameQuestions;
  readonly replicas: Replicas;
  readonly shardMap: ShardMap;
  readonly inquiry: Inquiry;
  readonly repairs: ReadRepairs | undefined;
  readonly foldsInVain: FoldsInVain;
}

/**
 * Fetches the series of one window. Of each metric the replica that is preferred is asked, and the others where it has holes
 * or may not know all; now and then all of them, to see whether they differ.
 */
export class SeriesFetch {
  readonly #parts: SeriesFetchParts;
  readonly #window: FetchWindow;
  /** Once that is decided. */
  #asksAll: boolean | undefined;

  constructor(parts: SeriesFetchParts, { fromS, untilS, nowS }: FetchWindow) {
    this.#parts = parts;
    this.#window = { fromS, untilS, nowS };
  }

  /** The series of the names that exist, in the order of the names. */
  async named(names: readonly string[]): Promise<readonly Series[]> {
    const { questions, replicas } = this.#parts;
    const turns = questions.turns();
    const places = await questions.placesByShard(names, turns);
    const first = await replicas.askFirst([...places.keys()], this.#fetchFrom(names, places), {
      asksAll: this.#decideToAskAll(),
      hedgeMs: Math.min(HEDGE_MS_MAX, Math.max(HEDGE_MS, names.length * HEDGE_MS_PER_NAME)),
    });
    expectAnswer(first);
    return this.#completed(names, first, places, turns);
  }

  /**
   * The series of all metrics that match a glob, where these are not more than `limit`.
   *
   * @param fold one series may be made of them
   */
  async matching(query: string, limit: number, fold?: FoldKind): Promise<Matching> {
    const { questions, replicas, shardMap, foldsInVain } = this.#parts;
    const glob = parseGlob(query);
    if (glob instanceof GlobRefusal) throw new CarbonbusError('BAD_REQUEST', glob.reason);
    const shards = Array.from({ length: shardMap.shardCount }, (_, shard) => shard);
    const mayFold = fold !== undefined && foldsInVain.isWorthIt(query);
    const asksAll = this.#decideToAskAll(mayFold);
    const kind = mayFold && !asksAll ? fold : undefined;
    const asked = await replicas.askFirst(shards, this.#matchingFrom(query, limit, kind), {
      answeredBy: (answer) => answer.shards,
      asksAll,
    });
    expectAnswer(asked);
    const answers = asked.flatMap(({ answer }) => answer ?? []);
    if (kind !== undefined && answers.some(({ folded }) => folded !== undefined)) {
      const folded = await this.#folded(kind, asked);
      if (folded !== undefined)
        return { names: [], isTruncated: folded.count > limit, series: [], folded };
      foldsInVain.note(query);
      return this.matching(query, limit);
    }
    const isCut = answers.some(({ truncated }) => truncated);
    const whole = isCut ? undefined : seriesOfWhole(asked.map(partOf));
    if (whole !== undefined && whole.length <= limit)
      return { names: whole.map(({ name }) => name), isTruncated: false, series: whole };
    const names = await sortedOnce(
      answers.flatMap((answer) => answer.names),
      questions.turns(),
    );
    const isTruncated = isCut || names.length > limit;
    if (isTruncated) return { names: names.slice(0, limit), isTruncated, series: [] };
    const told = new Set(answers.flatMap((answer) => (answer.part ? answer.names : [])));
    if (told.size === 0) return { names, isTruncated, series: await this.named(names) };
    const untold = names.filter((name) => !told.has(name));
    const [some, others] = await Promise.all([
      this.#told([...told], asked),
      untold.length === 0 ? [] : this.named(untold),
    ]);
    return { names, isTruncated, series: [...some, ...others].sort(byName) };
  }

  /** Once for names and points, where these come one after the other: who asks for names alone has compared nothing. */
  #decideToAskAll(mayFold = false): boolean {
    this.#asksAll ??= this.#parts.repairs?.comparesNext(mayFold) ?? false;
    return this.#asksAll;
  }

  #fetchFrom(
    names: readonly string[],
    placesOf: ReadonlyMap<number, readonly number[]>,
  ): Ask<FetchedPart[]> {
    const { questions } = this.#parts;
    return questions.inParts(names, placesOf, (node) => ({
      ask: async (some, places): Promise<FetchedPart> => {
        const request = { type: 'fetch', names: some, ...this.#window } as const;
        const { blocks } = await questions.ask(node, request);
        return this.#unpacked(names, places, blocks);
      },
      bytesOf: ({ bytes }) => bytes,
    }));
  }

  /** What nodes have made of their series, and the series that they left, made one; undefined where that is not to be had. */
  async #folded(
    kind: FoldKind,
    asked: readonly Asked<MatchingAnswer>[],
  ): Promise<Folded | undefined> {
    const answers = asked.flatMap(({ answer }) => answer ?? []);
    if (answers.some(({ truncated, part }) => truncated || part === null)) return undefined;
    const blocks = answers.flatMap(({ folded }) => folded ?? []);
    if (overlap(asked)) return undefined;
    const fold = new Fold(kind, blocks[0]);
    if (!blocks.every((block) => fold.join(block))) return undefined;
    const names = answers.flatMap((answer) => answer.names);
    if (names.some(mayHaveTags)) return undefined;
    const rest = names.length === 0 ? [] : await this.#told(names, asked);
    for (const series of rest) if (!fold.take(series)) return undefined;
    return fold.result;
  }

  #matchingFrom(query: string, limit: number, fold: FoldKind | undefined): Ask<MatchingAnswer> {
    const { questions } = this.#parts;
    const { fromS, untilS, nowS } = this.#window;
    const window = { fromS, untilS, nowS };
    const asked = fold === undefined ? window : { ...window, fold };
    return async (node, shards) => {
      const request = { ...asked, type: 'fetchMatching', query, limit, shards } as const;
      const {
        names,
        shards: answered,
        truncated,
        folded,
        blocks,
      } = await questions.ask(node, request);
      const part = blocks && this.#unpacked(names, [...names.keys()], blocks);
      if (part !== null) questions.noteShort();
      return { names, shards: answered, truncated, folded, part };
    };
  }

  #unpacked(
    names: readonly string[],
    places: readonly number[],
    blocks: readonly SeriesBlock[],
  ): FetchedPart {
    const { questions, inquiry } = this.#parts;
    const room = (points: number): Float64Array => inquiry.room(points);
    const part = fetchedPart(names, places, blocks, this.#window.nowS, room);
    // Nothing of the reply is kept.
    questions.giveBack(blocks);
    return part;
  }

  /** What the answers have of the names, completed from others. */
  async #told(
    names: readonly string[],
    asked: readonly Asked<MatchingAnswer>[],
  ): Promise<readonly Series[]> {
    const placeOf = new Map(names.map((name, place) => [name, place]));
    const first = asked.map(({ answer, ...one }) => {
      if (answer === undefined) return { ...one, answer };
      const places = answer.names.map((name) => placeOf.get(name) ?? 0);
      return { ...one, answer: answer.part === null ? [] : [{ ...answer.part, places }] };
    });
    const { questions } = this.#parts;
    const turns = questions.turns();
    return this.#completed(names, first, await questions.placesByShard(names, turns), turns);
  }

  /** Asks others about what the first ones lack, and merges all. */
  async #completed(
    names: readonly string[],
    first: readonly Asked<readonly FetchedPart[]>[],
    placesOf: ReadonlyMap<number, readonly number[]>,
    turns: WorkTurns,
  ): Promise<readonly Series[]> {
    const shardOf = new Uint16Array(names.length);
    for (const [shard, places] of placesOf) for (const at of places) shardOf[at] = shard;
    const copies = new FetchedCopies(names.length);
    turns.begin();
    await copies.take(first, shardOf, turns);
    const incomplete = new Map<number, number[]>();
    for (const at of copies.incomplete()) pushPlace(incomplete, shardOf[at], at);
    if (incomplete.size > 0) {
      const shards = [...incomplete.keys()];
      const fetchFrom = this.#fetchFrom(names, incomplete);
      const { replicas, inquiry } = this.#parts;
      const others = await replicas.askOthers(first, shards, fetchFrom);
      turns.begin();
      await copies.take(others, shardOf, turns);
      const holed = new Set(copies.stillIncomplete().map((at) => shardOf[at]));
      inquiry.noteUnfilled(replicas.unheard(holed, [...first, ...others]));
    }
    await this.#noteDifferences(names, shardOf, copies, turns);
    const { series, filledPoints } = await copies.merged(turns);
    this.#parts.inquiry.noteFilled(filledPoints);
    return series;
  }

  /** A replica that has answered without a metric that another has lacks it. */
  async #noteDifferences(
    names: readonly string[],
    shardOf: ArrayLike<number>,
    copies: FetchedCopies,
    turns: WorkTurns,
  ): Promise<void> {
    const { repairs } = this.#parts;
    if (repairs === undefined) return;
    let compared = 0;
    for (const { at, copies: told } of copies.toldBySeveral()) {
      if (++compared % COMPARED_AT_ONCE === 0 && turns.isOver()) await turns.next();
      repairs.compare(names[at], shardOf[at], told);
    }
  }
}

function partOf({ answer, ...asked }: Asked<MatchingAnswer>): Asked<FetchedPart | null> {
  return { ...asked, answer: answer?.part };
}
