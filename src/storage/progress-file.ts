import { CarbonbusError } from '../errors.js';
import { type Files, isMissing, replaceFile } from './files.js';

/** How far a legacy destination has surely come in the log of one shard (`docs/formats/progress.md`). */
export interface SavedProgress {
  /** When the log was made: progress in a log that was deleted and made anew says nothing. */
  readonly created: string;
  /** All below was sent, but the gaps. */
  readonly next: number;
  /** When the log got the message before that, ms since the epoch; 0, or missing in older files, where nobody knows. */
  readonly storedAtMs?: number;
  /** `[from, to)`, ascending. */
  readonly gaps: readonly (readonly [from: number, to: number])[];
}

const VERSION = 1;
/** Longer names of files are refused by file systems. */
const NAME_BYTES_MAX = 200;

/** The file that says how far one destination has come. A save is atomic: the old one or the new one is there. */
export class ProgressFile {
  readonly #files: Files;
  readonly #path: string;

  /** @param destination its name, which becomes the name of the file */
  constructor(files: Files, folder: string, destination: string) {
    this.#files = files;
    this.#path = `${folder}/${encodeURIComponent(destination).slice(0, NAME_BYTES_MAX)}.json`;
  }

  /** By shard; undefined when nothing was saved yet. Errors: `PROGRESS_UNREADABLE`. */
  load(): readonly SavedProgress[] | undefined {
    let text: string;
    try {
      text = Buffer.from(this.#files.readAll(this.#path)).toString('utf8');
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    return parse(text, this.#path);
  }

  /** Written beside and renamed; it does not wait for the disk: after a power cut an older one may be there. */
  save(shards: readonly SavedProgress[]): void {
    const bytes = Buffer.from(`${JSON.stringify({ version: VERSION, shards })}\n`);
    replaceFile(this.#files, this.#path, bytes);
  }
}

function parse(text: string, path: string): readonly SavedProgress[] {
  try {
    const { version, shards } = JSON.parse(text);
    if (version === VERSION && Array.isArray(shards) && shards.every(isProgress)) return shards;
  } catch (cause) {
    throw unreadable(path, cause);
  }
  throw unreadable(path);
}

function isProgress(shard: SavedProgress | null): boolean {
  return (
    typeof shard?.created === 'string' &&
    Number.isSafeInteger(shard.next) &&
    Array.isArray(shard.gaps) &&
    shard.gaps.every(
      (gap) => Array.isArray(gap) && gap.length === 2 && gap.every(Number.isSafeInteger),
    )
  );
}

function unreadable(path: string, cause?: unknown): CarbonbusError {
  return new CarbonbusError(
    'PROGRESS_UNREADABLE',
    `${path} does not say how far a destination has come, in version ${VERSION}; move it away to send the whole log again`,
    { cause },
  );
}
