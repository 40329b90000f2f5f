import type { InfoMessage } from '../../protocols/messages.js';
import type { MetricTable } from '../../storage/metric-table.js';
import type { WhisperStore } from '../../storage/whisper/store.js';
import type { HeaderMessage } from './messages.js';

/** Answers what stands in the headers of a replica's files, and changes the aggregation method there. */
export class ReplicaHeaders {
  readonly #store: WhisperStore;
  readonly #table: MetricTable;

  constructor(store: WhisperStore, table: MetricTable) {
    this.#store = store;
    this.#table = table;
  }

  /** Replies to the asker; a failure goes to the asker too and harms nobody else. */
  answer(message: HeaderMessage): void {
    try {
      if (message.type === 'info') message.reply(this.#info(message.names));
      else message.reply(this.#set(message.name, message.method));
    } catch (error) {
      message.fail(error);
    }
  }

  #info(names: readonly string[]): InfoMessage[] {
    return names.flatMap((name) => {
      const header = this.#store.header(this.#table.find(name), name);
      if (header === null) return [];
      const { aggregationMethod, maxRetention, xFilesFactor } = header;
      const archives = header.archives.map(({ secondsPerPoint, points }) => ({
        secondsPerPoint,
        points,
      }));
      return [{ name, aggregationMethod, maxRetention, xFilesFactor, archives }];
    });
  }

  #set(name: string, method: string): string | null {
    const id = this.#table.find(name);
    return id === undefined ? null : this.#store.setAggregationMethod(id, name, method);
  }
}
