import type { ColumnRooms } from '../../protocols/column-rooms.js';
import { type FoldedBlock, type FoldKind, mayHaveTags } from '../../protocols/folded-block.js';
import { SeriesBlocks } from '../../protocols/series-blocks.js';
import { Fold } from '../../query/fold.js';
import { hasHoles } from '../../query/holes.js';

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
  names: readonly string[],
  series: SeriesBlocks,
  nowS: number,
  rooms: ColumnRooms,
): FoldedReply | undefined {
  const block = series.only;
  if (block === undefined || block.which.length < SERIES_MIN) return undefined;
  if (names.some(mayHaveTags)) return undefined;
  const { startS, endS, stepS, count } = block;
  const window = { startS, endS, stepS };
  const fold = new Fold(kind, window);
  const rest = { names: [] as string[], rest: new SeriesBlocks(rooms) };
  const isTold = new Uint8Array(names.length);
  for (let i = 0; i < block.which.length; i++) {
    const place = block.which[i];
    const one = { ...window, values: block.values.subarray(i * count, (i + 1) * count) };
    isTold[place] = 1;
    if (!hasHoles(one, nowS)) {
      if (!fold.take(one)) return undefined;
    } else if (fold.fits(one.values)) {
      rest.rest.add(rest.names.length, startS, endS, stepS).set(one.values);
      rest.names.push(names[place]);
    } else return undefined;
  }
  if (fold.count < SERIES_MIN) return undefined;
  for (let place = 0; place < names.length; place++)
    if (isTold[place] === 0) rest.names.push(names[place]);
  return { folded: fold.block, ...rest };
}
