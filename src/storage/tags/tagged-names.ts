import { fnv1a32 } from '../../routing/hashes/fnv1a.js';
import { type Files, isMissing, replaceFile } from '../files.js';

/** `+`: a series with points; `=`: one that was registered without; `-`: one that was taken off the index. */
export type NameMark = '+' | '=' | '-';

export interface MarkedName {
  readonly mark: NameMark;
  readonly name: string;
}

const NEW_LINE = 0x0a;
const MARKS = '+=-';
/** Hexadecimal digits of the check, a blank, the mark, a blank. */
const CHECK_LENGTH = 8;
const NAME_AT = CHECK_LENGTH + 3;

/**
 * The names of a shard's tagged series, beside its whisper files, whose own names are only hashes. Lines are appended, and
 * each has a check of its own: one that was torn by a crash, or is damaged, is left out. Format: `docs/formats/tagged-names.md`.
 */
export class TaggedNames {
  /** Lines of the file as it was read. */
  lines = 0;
  /** Lines that could not be read. */
  damaged = 0;
  readonly #files: Files;
  readonly #path: string;
  #pending: MarkedName[] = [];
  /** Where the next line goes; undefined until it is known. */
  #end: number | undefined;

  constructor(files: Files, path: string) {
    this.#files = files;
    this.#path = path;
  }

  /** What stands in the file, in the order in which it was noted. Nothing where there is no file. */
  *read(): Generator<MarkedName> {
    const bytes = this.#bytes();
    this.lines = 0;
    this.damaged = 0;
    for (let start = 0; start < bytes.length; ) {
      const end = bytes.indexOf(NEW_LINE, start);
      const line = bytes.subarray(start, end < 0 ? bytes.length : end);
      start = end < 0 ? bytes.length : end + 1;
      if (line.length === 0) continue;
      this.lines++;
      const marked = parseLine(line);
      if (marked === undefined) this.damaged++;
      else yield marked;
    }
  }

  /** Remembers a name for the next `flush`. */
  note(mark: NameMark, name: string): void {
    this.#pending.push({ mark, name });
  }

  /** Appends what was noted. Errors: the errno code; all of it then waits for the next time. */
  flush(): void {
    if (this.#pending.length === 0) return;
    const end = this.#end ?? this.#files.size(this.#path) ?? 0;
    // A blank line ends what a crash may have torn.
    const bytes = linesOf(this.#pending, end > 0 && this.#end === undefined ? '\n' : '');
    const fd = this.#openForAppending(end);
    try {
      this.#files.write(fd, bytes, 0, bytes.length, end);
    } finally {
      this.#files.close(fd);
    }
    this.#end = end + bytes.length;
    this.#pending = [];
  }

  /** Replaces the file: it then holds these names, and what was noted is in it or forgotten. Errors: the errno code. */
  replace(names: Iterable<MarkedName>): void {
    const bytes = linesOf(names, '');
    replaceFile(this.#files, this.#path, bytes);
    this.#end = bytes.length;
    this.#pending = [];
  }

  #bytes(): Buffer {
    try {
      return Buffer.from(this.#files.readAll(this.#path));
    } catch (error) {
      if (isMissing(error)) return Buffer.alloc(0);
      throw error;
    }
  }

  #openForAppending(end: number): number {
    if (end > 0) return this.#files.open(this.#path, 'update');
    this.#files.makeFolder(this.#path.slice(0, this.#path.lastIndexOf('/')));
    return this.#files.open(this.#path, 'replace');
  }
}

function linesOf(names: Iterable<MarkedName>, before: string): Buffer {
  const lines = [before];
  for (const { mark, name } of names) {
    const text = `${mark} ${escaped(name)}`;
    lines.push(`${checkOf(Buffer.from(text))} ${text}\n`);
  }
  return Buffer.from(lines.join(''));
}

function parseLine(line: Buffer): MarkedName | undefined {
  const check = line.toString('latin1', 0, CHECK_LENGTH);
  if (line.length < NAME_AT || check !== checkOf(line.subarray(CHECK_LENGTH + 1))) return undefined;
  const mark = String.fromCharCode(line[CHECK_LENGTH + 1]);
  if (!MARKS.includes(mark)) return undefined;
  return { mark: mark as NameMark, name: unescaped(line.toString('utf8', NAME_AT)) };
}

function checkOf(bytes: Uint8Array): string {
  return (fnv1a32(bytes, 0, bytes.length) >>> 0).toString(16).padStart(CHECK_LENGTH, '0');
}

function escaped(name: string): string {
  return name.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function unescaped(text: string): string {
  return text.replace(/\\([\\n])/g, (_, letter) => (letter === 'n' ? '\n' : '\\'));
}
