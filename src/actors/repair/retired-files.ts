import type {
  FileDigest,
  Gap,
  NamesPage,
  SlotRange,
  Slots,
} from '../../protocols/repair-messages.js';
import { MetricTable } from '../../storage/metric-table.js';
import { TaggedFiles } from '../../storage/tagged-files.js';
import type { WhisperStore } from '../../storage/whisper/store.js';
import type { Clock } from '../ports/clock.js';
import { FileNames } from '../shard/file-names.js';

/** Files of a shard that the placement has taken from this node. */
export interface RetiredShard {
  shard: number;
  store: WhisperStore;
  /** The names of its tagged series. */
  taggedNames: () => Iterable<string>;
  /** Every point of the messages up to this sequence of the shard's log is in the files. */
  checkpoint: number;
  gaps: readonly Gap[];
}

/** Lets others copy the files of a shard that this node keeps no longer. Nothing is written to them. */
export class RetiredFiles {
  readonly shard: number;
  readonly checkpoint: number;
  readonly gaps: readonly Gap[];
  readonly #store: WhisperStore;
  readonly #taggedNames: () => Iterable<string>;
  readonly #names: FileNames;
  #tagged: TaggedFiles | undefined;

  constructor({ shard, store, taggedNames, checkpoint, gaps }: RetiredShard, clock: Clock) {
    this.shard = shard;
    this.checkpoint = checkpoint;
    this.gaps = gaps;
    this.#store = store;
    this.#taggedNames = taggedNames;
    this.#names = new FileNames(
      () => store.names(),
      (path) => this.#nameOf(path),
      clock,
    );
  }

  page(after: string, limit: number): Promise<NamesPage> {
    return this.#names.page(after, limit);
  }

  digest(name: string, nowS: number, untilS: number): FileDigest {
    return this.#store.repair.digest({ id: undefined, name }, nowS, untilS);
  }

  slots(range: SlotRange): Slots {
    return this.#store.repair.slots({ id: undefined, name: range.name }, range);
  }

  /** Gives back the files that are open. */
  close(): void {
    this.#store.close();
  }

  /** Names are read when they are asked for: most retired files are never copied. */
  #nameOf(path: string): string {
    this.#tagged ??= taggedFiles(this.#taggedNames(), this.#store.hashTagged);
    return this.#tagged.nameOf(path);
  }
}

function taggedFiles(names: Iterable<string>, hashTagged: boolean): TaggedFiles {
  const table = new MetricTable();
  for (const name of names) {
    const bytes = Buffer.from(name);
    table.intern(bytes, 0, bytes.length);
  }
  return new TaggedFiles(table, hashTagged);
}
