import { foldedReply } from '../../src/actors/node/folded-reply.js';
import type { ReadWindow } from '../../src/actors/shard/messages.js';
import type { ReplicaRunner } from '../../src/actors/shard/replica-runner.js';
import { ColumnRooms } from '../../src/protocols/column-rooms.js';
import type { FoldKind } from '../../src/protocols/folded-block.js';
import type { SeriesBlock } from '../../src/protocols/messages.js';
import { eachSeries, SeriesBlocks } from '../../src/protocols/series-blocks.js';
import type { Series } from '../../src/query/series.js';

/** What a find found, one after the other, sorted by path. */
export function nodesOf({
  leaves,
  branches,
}: {
  leaves: readonly string[];
  branches: readonly string[];
}): { path: string; isLeaf: boolean }[] {
  const nodes = [
    ...leaves.map((path) => ({ path, isLeaf: true })),
    ...branches.map((path) => ({ path, isLeaf: false })),
  ];
  return nodes.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The series of a node's answer to a question about `names`. */
export function seriesIn(names: readonly string[], blocks: readonly SeriesBlock[]): Series[] {
  const series: Series[] = [];
  for (const block of blocks)
    eachSeries(block, (which, values) => {
      const { startS, endS, stepS } = block;
      series.push({ name: names[which], startS, endS, stepS, values });
    });
  return series;
}

/** The series that a replica has of some names. */
export async function fetchedFrom(
  runner: ReplicaRunner,
  names: readonly string[],
  window: ReadWindow,
): Promise<Series[]> {
  const series = new SeriesBlocks(new ColumnRooms());
  const places = names.map((_, place) => place);
  await runner.ask<void>((reply, fail) => ({
    ...{ type: 'fetch', names, places, window, series },
    reply,
    fail,
  }));
  return seriesIn(names, series.blocks());
}

/** The answer of a node that has these series of some names. */
export function blocksOf(names: readonly string[], series: readonly Series[]): SeriesBlock[] {
  return gathered(names, series).blocks();
}

/** The same of a node that is asked for all that matches. */
export function matchingOf(
  names: string[],
  series: readonly Series[],
  { fold, nowS }: { fold?: FoldKind; nowS: number },
) {
  const all = gathered(names, series);
  const reply = fold && foldedReply(fold, names, all, nowS, new ColumnRooms());
  if (reply === undefined) return { names, blocks: all.blocks() };
  return { names: reply.names, blocks: reply.rest.blocks(), folded: reply.folded };
}

function gathered(names: readonly string[], series: readonly Series[]): SeriesBlocks {
  const blocks = new SeriesBlocks(new ColumnRooms());
  for (const { name, startS, endS, stepS, values } of series)
    blocks.add(names.indexOf(name), startS, endS, stepS).set(values);
  return blocks;
}
