import type { ColumnRooms } from '../../protocols/column-rooms.js';
import { type FoldedBlock, type FoldKind, mayHaveTags } from '../../protocols/folded-block.js';
import { type OpenBlock, SeriesBlocks } from '../../protocols/series-blocks.js';
import { Fold } from '../../query/fold.js';
import { settledPoints } from '../../query/holes.js';

/** One series of all that are whole, and the others, which another replica may complete, as they are. */
export interface FoldedReply {
  readonly folded: FoldedBlock;
  /** Of the others: the places in `rest` are those of these. */
  readonly names: string[];
  readonly rest: SeriesBlocks;
}

/** One alone has tags and a name of its own. */
const SERIES_MIN = 2;

/** What was read of some metrics, as one series where that is the same whatever comes to it from other nodes; or undefined. */
export function foldedReply(
  kind: FoldKind,
  found: readonly string[],
  series: SeriesBlocks,
  nowS: number,
  rooms: ColumnRooms,
): FoldedReply | undefined {
  const block = series.only;
  if (block === undefined || block.which.length < SERIES_MIN) return undefined;
  if (found.some(mayHaveTags)) return undefined;
  const fold = new Fold(kind, block);
  const holed = fold.takeWhole(block.values, block.which.length, settledPoints(block, nowS));
  if (holed === undefined || fold.count < SERIES_MIN) return undefined;
  const { startS, endS, stepS } = block;
  const rest = new SeriesBlocks(rooms);
  const names = holed.map((i) => found[block.which[i]]);
  holed.forEach((i, place) => {
    rest.add(place, startS, endS, stepS).set(valuesOf(block, i));
  });
  if (block.which.length < found.length) {
    const told = new Set(block.which);
    for (const [place, name] of found.entries()) if (!told.has(place)) names.push(name);
  }
  return { folded: fold.block, names, rest };
}

function valuesOf({ values, count }: Readonly<OpenBlock>, i: number): Float64Array {
  return values.subarray(i * count, (i + 1) * count);
}
