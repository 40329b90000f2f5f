import { unreachable } from '../../assert.js';
import { CarbonbusError } from '../../errors.js';
import type { FileDigest } from '../../protocols/repair-messages.js';
import type { MetricTable } from '../../storage/metric-table.js';
import { isFileName, TaggedFiles } from '../../storage/tagged-files.js';
import type { Filled } from '../../storage/whisper/file-fill.js';
import type { FileOf } from '../../storage/whisper/file-repair.js';
import { isForeign } from '../../storage/whisper/metric-files.js';
import type { WhisperStore } from '../../storage/whisper/store.js';
import type { Clock } from '../ports/clock.js';
import { FileNames } from './file-names.js';
import type { RepairMessage } from './messages.js';

export interface RepairCounters {
  /** Points taken over from peers, and the files made for them. */
  pointsRepaired: number;
  filesRepaired: number;
  /** Points that differed from a peer's and were replaced. */
  pointsReplaced: number;
  /** Damaged files that were put aside to be copied from a peer. */
  filesPutAside: number;
}

/** Compares a replica's files with a peer's, one file a message: nobody else writes to it meanwhile. */
export class ReplicaRepair {
  readonly counters: RepairCounters = {
    pointsRepaired: 0,
    filesRepaired: 0,
    pointsReplaced: 0,
    filesPutAside: 0,
  };
  readonly names: FileNames;
  readonly #store: WhisperStore;
  readonly #table: MetricTable;
  readonly #tagged: TaggedFiles;
  readonly #clock: Clock;
  /** Makes a name known as that of a metric. */
  readonly #idOf: (name: string) => number;

  constructor(
    parts: { store: WhisperStore; clock: Clock },
    table: MetricTable,
    idOf: (name: string) => number,
  ) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#table = table;
    this.#idOf = idOf;
    this.#tagged = new TaggedFiles(table, parts.store.hashTagged);
    const nameOf = (path: string): string => this.#tagged.nameOf(path);
    this.names = new FileNames(() => this.#store.names(), nameOf, parts.clock);
  }

  /** Replies to the asker; a failure goes to the asker too and harms nobody else. */
  answer(message: RepairMessage): void {
    try {
      this.#reply(message);
    } catch (error) {
      message.fail(error);
    }
  }

  #reply(message: RepairMessage): void {
    switch (message.type) {
      case 'digest':
        message.reply(this.#digest(message));
        break;
      case 'slots':
        message.reply(this.#store.repair.slots(this.#flushed(message.range.name), message.range));
        break;
      case 'fill':
        message.reply(this.#fill(message));
        break;
      default:
        unreachable(message, 'repair message');
    }
  }

  #digest({ name, nowS, untilS, putsAside }: Extract<RepairMessage, { type: 'digest' }>) {
    const file = this.#flushed(name);
    try {
      const digest = this.#store.repair.digest(file, nowS, untilS);
      // It came from a peer that knew only the file's own name, a hash.
      if (file.id === undefined && digest.header.length > 0 && !isFileName(name)) this.#idOf(name);
      // Here the file may go by another name that leads to it: who asks knows it by this one.
      return { ...digest, name };
    } catch (error) {
      if (!putsAside || !isForeign(error)) throw error;
      this.#store.putAside(file.id, file.name, Math.floor(this.#clock.nowMs() / 1000));
      this.counters.filesPutAside++;
      return { name, header: new Uint8Array(0), archives: [] } satisfies FileDigest;
    }
  }

  #fill(message: Extract<RepairMessage, { type: 'fill' }>): Filled {
    const { name, header, stepS, points, trust, nowS } = message;
    const known = this.#flushed(name);
    const file =
      known.id === undefined && !isFileName(name) ? { id: this.#idOf(name), name } : known;
    const outcome = this.#store.repair.fill(file, header, stepS, points, trust, nowS);
    this.counters.pointsRepaired += outcome.filled;
    this.counters.pointsReplaced += outcome.replaced;
    if (outcome.created) this.counters.filesRepaired++;
    return outcome;
  }

  /** The file of a name, with nothing that waits to be rolled up. */
  #flushed(name: string): FileOf {
    if (name === '') throw new CarbonbusError('BAD_REQUEST', 'a file has no name');
    const id = this.#tagged.idOf(name);
    if (id === undefined) return { id, name };
    const file = { id, name: this.#table.name(id) };
    this.#store.flush(id, () => file.name);
    return file;
  }
}
