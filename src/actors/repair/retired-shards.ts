import type {
  FileDigest,
  Gap,
  NamesPage,
  SlotRange,
  Slots,
} from '../../protocols/repair-messages.js';
import { pathName } from '../../storage/tagged-files.js';
import type { WhisperStore } from '../../storage/whisper/store.js';
import type { Clock } from '../ports/clock.js';
import { FileNames } from '../shard/file-names.js';

/** Files of a shard that the placement has taken from this node. */
export interface RetiredShard {
  shard: number;
  store: WhisperStore;
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
  readonly #names: FileNames;

  constructor({ shard, store, checkpoint, gaps }: RetiredShard, clock: Clock) {
    this.shard = shard;
    this.checkpoint = checkpoint;
    this.gaps = gaps;
    this.#store = store;
    this.#names = new FileNames(() => store.names(), pathName, clock);
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
}
