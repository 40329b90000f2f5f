import { CarbonbusError } from '../errors.js';
import { GAP_KINDS, GAP_STATES, type Gap } from '../protocols/repair-messages.js';
import { type Files, isMissing, replaceFile } from './files.js';

const VERSION = 1;

/** The file of one replica that names what it lacks (`docs/formats/gaps.md`). A save is atomic. */
export class GapFile {
  readonly #files: Files;
  readonly #path: string;

  constructor(files: Files, path: string) {
    this.#files = files;
    this.#path = path;
  }

  /** None when nothing was saved yet. Errors: `GAPS_UNREADABLE`. */
  load(): Gap[] {
    let text: string;
    try {
      text = Buffer.from(this.#files.readAll(this.#path)).toString('utf8');
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
    return parse(text, this.#path);
  }

  /** Written beside and renamed; it does not wait for the disk, as the checkpoint does not. */
  save(gaps: readonly Gap[]): void {
    const bytes = Buffer.from(`${JSON.stringify({ version: VERSION, gaps })}\n`);
    replaceFile(this.#files, this.#path, bytes);
  }
}

function parse(text: string, path: string): Gap[] {
  try {
    const { version, gaps } = JSON.parse(text);
    if (version === VERSION && Array.isArray(gaps) && gaps.every(isGap)) return gaps;
  } catch (cause) {
    throw unreadable(path, cause);
  }
  throw unreadable(path);
}

function isGap(gap: Gap | null): boolean {
  const numbers = [gap?.fromSequence, gap?.toSequence, gap?.fromS, gap?.untilS];
  const texts = [gap?.reason, gap?.stream, gap?.metric];
  return (
    numbers.every(Number.isSafeInteger) &&
    texts.every((one) => typeof one === 'string') &&
    GAP_KINDS.includes(gap!.kind) &&
    GAP_STATES.includes(gap!.state)
  );
}

function unreadable(path: string, cause?: unknown): CarbonbusError {
  return new CarbonbusError(
    'GAPS_UNREADABLE',
    `${path} does not name gaps in version ${VERSION}; move it away, and compare the replica with \`carbonbus repair\``,
    { cause },
  );
}
