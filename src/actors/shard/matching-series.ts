import type { ColumnRooms } from '../../protocols/column-rooms.js';
import type { FoundMessage } from '../../protocols/messages.js';
import { SeriesBlocks } from '../../protocols/series-blocks.js';

/** Metrics that are read before anybody knows their names: as many as an asker puts into its first request. */
const MATCHING_MAX = 64;

/** The metrics of a node that match a glob, and their series: each of its replicas adds its own. */
export class MatchingSeries {
  readonly names: string[] = [];
  readonly series: SeriesBlocks;
  readonly #mayRead: (found: FoundMessage, shard: number) => boolean;
  #isUnread = false;

  /** @param mayRead whether what was found in a shard is asked for there by its names too */
  constructor(rooms: ColumnRooms, mayRead: (found: FoundMessage, shard: number) => boolean) {
    this.series = new SeriesBlocks(rooms);
    this.#mayRead = mayRead;
  }

  /** Whether there are series that were not read: they are asked for by their names. */
  get isUnread(): boolean {
    return this.#isUnread;
  }

  /** Takes what the replica of a shard has found. Returns the place of its first name; undefined where none is to be read. */
  take(found: FoundMessage, shard: number): number | undefined {
    const first = this.names.length;
    for (const name of found.leaves) this.names.push(name);
    this.#isUnread ||=
      found.truncated || this.names.length > MATCHING_MAX || !this.#mayRead(found, shard);
    return this.#isUnread ? undefined : first;
  }
}
