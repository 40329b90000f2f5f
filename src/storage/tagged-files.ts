import { metricOfPath, metricPath } from './metric-path.js';
import type { MetricTable } from './metric-table.js';

const SUFFIX = '.wsp';
const TAGGED = /^_tagged[./]/;

/**
 * Names for all files of a replica, also for those that are named by a hash of a tagged name: where the table does not
 * know that name, the file goes by its path with dots, which leads to the same file.
 */
export class TaggedFiles {
  readonly #table: MetricTable;
  readonly #hashTagged: boolean;
  readonly #names = new Map<string, number>();
  #looked = 0;

  constructor(table: MetricTable, hashTagged: boolean) {
    this.#table = table;
    this.#hashTagged = hashTagged;
  }

  /** The name of a file, by its path relative to the folder of whisper files. */
  nameOf(path: string): string {
    const name = metricOfPath(path);
    if (name !== undefined) return name;
    const id = this.#idOfPath(path);
    return id === undefined ? pathName(path) : this.#table.name(id);
  }

  /** The metric whose file goes by this name; undefined for one that the table does not know. */
  idOf(name: string): number | undefined {
    const id = this.#table.find(name);
    if (id !== undefined || !isFileName(name)) return id;
    return this.#idOfPath(`${name.replaceAll('.', '/')}${SUFFIX}`);
  }

  #idOfPath(path: string): number | undefined {
    for (; this.#looked < this.#table.count; this.#looked++) {
      const name = this.#table.name(this.#looked);
      if (name.includes(';')) this.#names.set(metricPath(name, this.#hashTagged), this.#looked);
    }
    return this.#names.get(path);
  }
}

/** Whether a name is the path of a tagged metric's file, not the name of a metric. */
export function isFileName(name: string): boolean {
  return TAGGED.test(name) && !name.includes(';');
}

/** The name that the file of a path goes by where no table knows better. */
export function pathName(path: string): string {
  return metricOfPath(path) ?? path.slice(0, -SUFFIX.length).replaceAll('/', '.');
}
