import { CarbonbusError, errorCode, errorText } from '../../errors.js';
import type { ReplicaReport } from '../../protocols/heartbeat.js';
import { type TagAnswer, type TagQuestion, TOOK_TOO_LONG } from '../../protocols/messages.js';
import type { PointBlock } from '../../protocols/points.js';
import type { MetricTable } from '../../storage/metric-table.js';
import { TagIndex } from '../../storage/tags/tag-index.js';
import { answerTags } from '../../storage/tags/tag-questions.js';
import type { MarkedName, TaggedNames } from '../../storage/tags/tagged-names.js';
import type { WhisperStore } from '../../storage/whisper/store.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { TagMessage } from './messages.js';

/** What a question may take to find somebody's pattern in tags, while the replica does nothing else. */
const PATTERN_MAX_MS = 100;
/** Names without points that a shard takes: they come from outside, and nothing else bounds them. */
const REGISTERED_MAX = 1_000_000;
/** The file of names is written anew when it is opened and holds this many more lines than names. */
const SPARE_LINES_MAX = 10_000;

/**
 * The tag index of a replica, and the file of the names in it. A series enters with its first point; its name is in the file
 * before its points are counted as stored, as files of tagged series are named by hashes.
 */
export class ReplicaTags {
  readonly #index = new TagIndex();
  readonly #names: TaggedNames;
  readonly #store: WhisperStore;
  readonly #table: MetricTable;
  readonly #clock: Clock;
  readonly #log: Logger;
  /** Those in the index that were registered, and need no points. */
  readonly #registered = new Set<string>();
  /** Those that were taken off, until their next point; by id where one may come at any time. */
  readonly #removed = new Set<string>();
  readonly #removedIds = new Set<number>();

  constructor(
    parts: { taggedNames: TaggedNames; store: WhisperStore; clock: Clock; log: Logger },
    table: MetricTable,
  ) {
    this.#names = parts.taggedNames;
    this.#store = parts.store;
    this.#table = table;
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  /** Whether points may come of a series that was taken off the index. */
  get awaitsRemoved(): boolean {
    return this.#removedIds.size > 0;
  }

  /** Reads the file of names; yields those with points, of whose files the caller knows nothing yet. */
  *load(): Generator<string> {
    for (const { mark, name } of this.#names.read()) this.#replay(mark, name);
    if (this.#names.damaged > 0) {
      this.#log.warn({ lines: this.#names.damaged }, 'names of tagged series cannot be read');
    }
    for (const name of this.#index.names()) {
      if (this.#store.hasFile(undefined, () => name)) yield name;
      else if (!this.#registered.has(name)) this.#index.remove(name);
    }
    this.#compact();
  }

  /** Whether a name that was found on the disk stays off the index. */
  isRemoved(name: string): boolean {
    return this.#removed.has(name);
  }

  /** Enters a tagged metric of the table, with its first point or its file. */
  learn(name: string): void {
    this.#removed.delete(name);
    if (this.#index.add(name)) this.#names.note('+', name);
  }

  /** Enters those series of a block again that were taken off, now that points came. */
  noteReturned({ count, bytes, nameStart, nameEnd }: PointBlock): void {
    for (let i = 0; i < count; i++) {
      const id = this.#table.idOf(bytes, nameStart[i], nameEnd[i]);
      if (this.#removedIds.delete(id)) this.learn(this.#table.name(id));
    }
  }

  /** Writes what is not in the file of names yet. Errors: the errno code. */
  flush(): void {
    this.#names.flush();
  }

  /** Replies to the asker; a failure goes to the asker too and harms nobody else. */
  answer(message: TagMessage, { shard, state }: ReplicaReport): void {
    try {
      if (state === 'recovering' || state === 'closed') {
        const why = `the replica of shard ${shard} does not know all its tagged series yet`;
        throw new CarbonbusError('REPLICA_NOT_READY', why);
      }
      if (message.type === 'tags') message.reply(this.#limited(message.question));
      else message.reply(this.#change(message.register, message.remove));
    } catch (error) {
      message.fail(error);
    }
  }

  #limited(question: TagQuestion): TagAnswer {
    try {
      return this.#clock.limited(() => answerTags(this.#index, question), PATTERN_MAX_MS);
    } catch (error) {
      if (errorCode(error) !== 'TOOK_TOO_LONG') throw error;
      return TOOK_TOO_LONG;
    }
  }

  #change(register: readonly string[], remove: readonly string[]): null {
    if (this.#registered.size + register.length > REGISTERED_MAX) {
      throw new CarbonbusError(
        'TOO_MANY_SERIES',
        `this shard has ${REGISTERED_MAX} registered names already: delete some with /tags/delSeries`,
      );
    }
    for (const name of register) this.#register(name);
    for (const name of remove) this.#remove(name);
    this.#names.flush();
    return null;
  }

  #register(name: string): void {
    if (!this.#index.add(name)) return;
    this.#registered.add(name);
    this.#removed.delete(name);
    this.#names.note('=', name);
  }

  #remove(name: string): void {
    if (!this.#index.remove(name)) return;
    this.#registered.delete(name);
    this.#removed.add(name);
    const id = name.includes(';') ? this.#table.find(name) : undefined;
    if (id !== undefined) this.#removedIds.add(id);
    this.#names.note('-', name);
  }

  #replay(mark: MarkedName['mark'], name: string): void {
    this.#removed.delete(name);
    if (mark === '-') {
      this.#index.remove(name);
      this.#registered.delete(name);
      this.#removed.add(name);
    } else if (this.#index.add(name) && mark === '=') this.#registered.add(name);
  }

  /** A file that holds much that is out of date becomes a short one. */
  #compact(): void {
    if (this.#names.lines <= this.#index.size + this.#removed.size + SPARE_LINES_MAX) return;
    try {
      this.#names.replace(this.#marked());
    } catch (error) {
      this.#log.warn({ error: errorText(error) }, 'the file of tagged names stays long');
    }
  }

  *#marked(): Generator<MarkedName> {
    for (const name of this.#index.names()) {
      yield { mark: this.#registered.has(name) ? '=' : '+', name };
    }
    for (const name of this.#removed) yield { mark: '-', name };
  }
}
