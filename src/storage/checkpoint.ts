import { CarbonbusError, errorCode } from '../errors.js';
import { type Files, replaceFile } from './files.js';
import type { TimeRange } from './whisper/pending-roll-ups.js';

/** How far a replica's files have come in one of its logs (`docs/formats/checkpoint.md`). */
export interface LogCheckpoint {
  stream: string;
  /** When the log was made: a checkpoint of a log that was deleted and made anew says nothing. */
  created: string;
  /** Every point of the messages up to this sequence is in the whisper files. 0: none. */
  sequence: number;
  /** When the log got the message of that sequence, ms since the epoch; 0, or missing in older files, where nobody knows. */
  storedAtMs?: number;
  /** When that was saved, ms since the epoch: what came later may be missing. Older files do not say. */
  atMs?: number;
}

/** How far they have come in all logs. */
export interface Checkpoint {
  logs: LogCheckpoint[];
  /** Points of this time may be in the first two archives of their files alone; undefined: none is. */
  owed?: TimeRange;
}

const VERSION = 2;
/** Of a single log, which then stood in the place of the list. */
const VERSION_OF_ONE_LOG = 1;

/** The checkpoint file of one replica. A save is atomic: the old one or the new one is there, never a half. */
export class CheckpointFile {
  readonly #files: Files;
  readonly #path: string;

  constructor(files: Files, path: string) {
    this.#files = files;
    this.#path = path;
  }

  /** What was saved; without logs when nothing was saved yet. */
  load(): Checkpoint {
    let text: string;
    try {
      text = Buffer.from(this.#files.readAll(this.#path)).toString('utf8');
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return { logs: [] };
      throw error;
    }
    return parse(text, this.#path);
  }

  /**
   * Written beside and renamed: whatever moment the process is killed at, the old file or the new one is
   * there. It does not wait for the disk, so a power cut may leave it ahead of what the disk has.
   */
  save({ logs, owed }: Checkpoint): void {
    const bytes = Buffer.from(`${JSON.stringify({ version: VERSION, logs, owed })}\n`);
    replaceFile(this.#files, this.#path, bytes);
  }
}

function parse(text: string, path: string): Checkpoint {
  try {
    const { version, logs, owed, ...only } = JSON.parse(text);
    const found = version === VERSION_OF_ONE_LOG ? [only] : logs;
    const isKnown = version === VERSION || version === VERSION_OF_ONE_LOG;
    if (isKnown && found.every(isLogCheckpoint) && (owed === undefined || isTimeRange(owed))) {
      return { logs: found, ...(owed && { owed }) };
    }
  } catch (cause) {
    throw unreadable(path, cause);
  }
  throw unreadable(path);
}

function isLogCheckpoint(log: Partial<LogCheckpoint> | null): boolean {
  const { stream, created, sequence = -1 } = log ?? {};
  const isNamed = typeof stream === 'string' && typeof created === 'string';
  return isNamed && Number.isSafeInteger(sequence) && sequence >= 0;
}

function isTimeRange({ fromS, toS }: Partial<TimeRange>): boolean {
  return Number.isSafeInteger(fromS) && Number.isSafeInteger(toS) && Number(fromS) <= Number(toS);
}

function unreadable(path: string, cause?: unknown): CarbonbusError {
  return new CarbonbusError(
    'CHECKPOINT_UNREADABLE',
    `${path} is not a checkpoint of version ${VERSION}; move it away to read the whole log again`,
    { cause },
  );
}
