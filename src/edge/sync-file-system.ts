import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CarbonbusError, errorText } from '../errors.js';

const run = promisify(execFile);

/**
 * Waits until everything written so far to the file systems of some folders is on their disks: one call for all
 * files, by `sync -f` of the system's coreutils, since Node has no call for it. Errors: `SYNC_FAILED`.
 */
export async function syncFileSystems(folders: readonly string[]): Promise<void> {
  try {
    await run('sync', ['-f', ...folders]);
  } catch (cause) {
    throw new CarbonbusError(
      'SYNC_FAILED',
      `cannot sync ${folders.join(', ')}: ${errorText(cause)}`,
      { cause },
    );
  }
}

/** Syncs for many who ask: those who do while one is under way share the next one, as it began too early for them. */
export class SharedSync {
  readonly #syncAll: (folders: readonly string[]) => Promise<void>;
  /** Asked for since the last one began. */
  readonly #folders = new Set<string>();
  #last: Promise<unknown> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(syncAll: (folders: readonly string[]) => Promise<void> = syncFileSystems) {
    this.#syncAll = syncAll;
  }

  /** Waits until everything written so far to the file system of a folder is on its disk. Errors: those of `syncAll`. */
  sync(folder: string): Promise<void> {
    this.#folders.add(folder);
    if (this.#next === undefined) {
      this.#next = this.#last.then(() => this.#begin());
      this.#last = this.#next.catch(() => undefined);
    }
    return this.#next;
  }

  #begin(): Promise<void> {
    const folders = [...this.#folders];
    this.#folders.clear();
    this.#next = undefined;
    return this.#syncAll(folders);
  }
}
