import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { expect } from 'chai';
import { errorCode } from '../../src/errors.js';
import { nodeFiles } from '../../src/storage/node-files.js';
import { creationRules, StorageAggregation, StorageSchemas } from '../../src/storage/schemas.js';
import type { ArchiveSpec } from '../../src/storage/whisper/archives.js';
import type { FetchedSeries } from '../../src/storage/whisper/fetch.js';
import { diff } from '../../src/storage/whisper/ops/diff.js';
import { fill } from '../../src/storage/whisper/ops/fill.js';
import { merge } from '../../src/storage/whisper/ops/merge.js';
import { resize } from '../../src/storage/whisper/ops/resize.js';
import { parseRetention } from '../../src/storage/whisper/retention.js';
import { WhisperStore } from '../../src/storage/whisper/store.js';
import { type Point, WhisperFiles } from '../../src/storage/whisper/whisper-files.js';
import { number } from './conformance.js';
import { withTemporaryFolder } from './temporary-folder.js';
import { checkResult } from './whisper-results.js';

type Hashes = Record<string, string | null>;

interface Op {
  op: string;
  file: string;
  result?: unknown;
  error?: { class: string };
  changed?: Hashes;
  changed_ascending?: Hashes;
  archives: [number, number][];
  xff?: number | string | null;
  method?: string | null;
  sparse?: boolean;
  ts: number | null;
  value: unknown;
  now: number;
  points: [number, unknown][];
  from: number;
  until: number | null;
  archive: number | string | null;
  hex: string;
  offset?: number;
  size: number;
  src: string;
  dst: string;
  time_from?: number;
  time_to?: number;
  a: string;
  b: string;
  ignore_empty?: boolean;
  retentions: string[];
  options: {
    xFilesFactor?: number;
    aggregationMethod?: string;
    newfile?: string;
    nobackup?: boolean;
    aggregate?: boolean;
  };
}

interface RecordedFile {
  sha256: string;
}

export interface WhisperRow {
  id: string;
  tags: string[];
  ops: Op[];
  files: Record<string, RecordedFile>;
  files_ascending?: Record<string, RecordedFile>;
}

/** Codes of ours for the reference's exceptions; several where Python has one for different things. */
const CODES: Record<string, string[]> = {
  CorruptWhisperFile: ['CORRUPT_FILE'],
  FileNotFoundError: ['ENOENT'],
  InvalidAggregationMethod: ['INVALID_METHOD'],
  InvalidConfiguration: ['INVALID_ARCHIVES', 'EEXIST'],
  InvalidTimeInterval: ['INVALID_INTERVAL'],
  InvalidXFilesFactor: ['INVALID_X_FILES_FACTOR'],
  NotImplementedError: ['ARCHIVES_DIFFER'],
  StopIteration: ['CORRUPT_FILE'],
  TimestampNotCovered: ['TIMESTAMP_NOT_COVERED'],
  UnboundLocalError: ['CORRUPT_FILE'],
  ValueError: ['INVALID_RETENTION', 'INVALID_INTERVAL', 'NO_SUCH_ARCHIVE'],
  ZeroDivisionError: ['INVALID_ARCHIVES'],
  'struct.error': ['CORRUPT_FILE', 'INVALID_ARCHIVES', 'TIMESTAMP_NOT_COVERED'],
};

/**
 * Runs the operations of a row of `whisper/cases.jsonl`. `files` does each by itself; `store` sends updates and fetches
 * through one `WhisperStore` for the whole row.
 */
export class WhisperScript {
  readonly #folder: string;
  readonly #whisper = new WhisperFiles(nodeFiles);
  readonly #store: WhisperStore | undefined;
  readonly #ids: string[] = [];
  /** Files that a failing operation of the reference left half written. */
  readonly #unspecified = new Set<string>();

  static run(row: WhisperRow, mode: 'files' | 'store'): void {
    withTemporaryFolder((folder) => new WhisperScript(folder, mode).#run(row));
  }

  private constructor(folder: string, mode: 'files' | 'store') {
    this.#folder = folder;
    if (mode === 'files') return;
    const rules = creationRules(StorageSchemas.parse(''), StorageAggregation.parse(''));
    this.#store = new WhisperStore({
      files: nodeFiles,
      root: folder,
      schemas: () => rules,
      openFilesMax: 1,
      sparse: true,
      hashTagged: true,
      deferRollUps: true,
    });
  }

  #run(row: WhisperRow): void {
    try {
      for (const op of row.ops) {
        if (leavesBrokenFile(op)) {
          expect(() => this.#apply(op), 'create').to.throw();
          expect(existsSync(this.#path(op.file)), 'nothing is left behind').to.equal(false);
          return;
        }
        if (op.error?.class === 'TypeError') {
          // Whisper's own program fails under Python 3; ours does what it was meant to do.
          this.#apply(op);
          return;
        }
        this.#check(row, op);
      }
      this.#checkFiles(row);
    } finally {
      this.#store?.close();
    }
  }

  #check(row: WhisperRow, op: Op): void {
    if (op.error !== undefined) {
      this.#checkError(op, op.error.class);
      return;
    }
    const result = this.#apply(op);
    if (row.tags.includes('reference_bug')) return;
    if (op.result !== undefined) checkResult(op.op, result, op.result);
    for (const [file, hash] of Object.entries(op.changed ?? {})) {
      if (isReplacedLater(row, file)) continue;
      const other = op.changed_ascending?.[file] ?? hash;
      expect([hash, other], `${op.op} ${file}`).to.include(this.#hash(file));
    }
  }

  #checkError(op: Op, reference: string): void {
    let code: string | undefined;
    try {
      this.#apply(op);
    } catch (error) {
      code = errorCode(error);
      if (code === undefined) throw error;
    }
    expect(CODES[reference], reference).to.include(code);
    for (const file of Object.keys(op.changed ?? {})) this.#unspecified.add(file);
  }

  #checkFiles(row: WhisperRow): void {
    const names = readdirSync(this.#folder).sort();
    expect(names).to.deep.equal(Object.keys(row.files).sort());
    for (const name of names) {
      if (this.#unspecified.has(name)) continue;
      if (row.tags.includes('reference_bug')) this.#checkSlots(name);
      else {
        const accepted = [row.files[name].sha256, row.files_ascending?.[name]?.sha256];
        expect(accepted, name).to.include(this.#hash(name));
      }
    }
  }

  /** Where the reference wrote beyond an archive: ours has each slot in its place. */
  #checkSlots(name: string): void {
    const bytes = readFileSync(`${this.#folder}/${name}`);
    for (const archive of this.#whisper.info(`${this.#folder}/${name}`)?.archives ?? []) {
      const base = bytes.readUInt32BE(archive.offset);
      for (let slot = 0; slot < archive.points; slot++) {
        const timestamp = bytes.readUInt32BE(archive.offset + slot * 12);
        if (timestamp === 0) continue;
        const distance = (timestamp - base) / archive.secondsPerPoint - slot;
        expect(Math.abs(distance % archive.points), `${name} slot ${slot}`).to.equal(0);
      }
    }
  }

  #apply(op: Op): unknown {
    const path = this.#path(op.file);
    switch (op.op) {
      case 'create':
        return this.#whisper.create(path, op.archives.map(archiveSpec), {
          ...(op.xff == null ? {} : { xFilesFactor: Number(op.xff) }),
          ...(op.method == null ? {} : { method: op.method }),
          sparse: op.sparse ?? false,
        });
      case 'update':
        return this.#update(op);
      case 'update_many':
        return this.#updateMany(op);
      case 'fetch':
        return this.#fetch(op);
      case 'info':
        return this.#whisper.info(path) ?? null;
      case 'merge':
      case 'fill':
      case 'diff':
        return this.#applyToTwo(op);
      default:
        this.#store?.forget(this.#id(op.file));
        return this.#applyToOne(op, path);
    }
  }

  #applyToTwo(op: Op): unknown {
    const { now } = op;
    if (op.op === 'diff') {
      return diff(
        this.#whisper,
        this.#path(op.a),
        this.#path(op.b),
        now,
        op.ignore_empty,
        op.until || undefined,
      );
    }
    const [source, target] = [this.#path(op.src), this.#path(op.dst)];
    this.#store?.forget(this.#id(op.dst));
    if (op.op === 'merge') {
      return merge(this.#whisper, source, target, now, op.time_from, op.time_to);
    }
    fill(this.#whisper, source, target, now);
    return { exit: 0 };
  }

  #applyToOne(op: Op, path: string): unknown {
    const { xff } = op;
    switch (op.op) {
      case 'set_xff':
        return this.#whisper.setXFilesFactor(path, Number(xff));
      case 'set_aggregation':
        return this.#whisper.setAggregationMethod(
          path,
          op.method ?? '',
          xff === undefined ? undefined : Number(xff),
        );
      case 'resize':
        return this.#resize(op, path);
      case 'overwrite':
        return overwrite(path, op);
      case 'truncate':
        return truncateSync(path, op.size);
      default:
        throw new Error(`no such operation: ${op.op}`);
    }
  }

  #update(op: Op): void {
    const { file, now, value } = op;
    const timestamp = op.ts ?? now;
    // The store takes points of any age, and repairs a file that cannot be written to.
    if (this.#store === undefined || op.error !== undefined) {
      this.#whisper.update(this.#path(file), timestamp, number(value), now);
      this.#store?.forget(this.#id(file));
      return;
    }
    this.#store.write(this.#id(file), () => file, [timestamp], [number(value)], 1, now);
    this.#store.flush(this.#id(file), () => file);
  }

  #updateMany(op: Op): void {
    const { file, now } = op;
    const points = op.points.map(([timestamp, value]): Point => [timestamp, number(value)]);
    if (this.#store === undefined || op.error !== undefined) {
      this.#whisper.updateMany(this.#path(file), points, now);
      this.#store?.forget(this.#id(file));
      return;
    }
    // In whisper the first of equal timestamps counts, in the store the last.
    const reversed = points.toReversed();
    const timestamps = Float64Array.from(reversed, ([timestamp]) => timestamp);
    const values = Float64Array.from(reversed, ([, value]) => value);
    this.#store.write(this.#id(file), () => file, timestamps, values, values.length, now);
    this.#store.flush(this.#id(file), () => file);
  }

  #fetch(op: Op): FetchedSeries | null {
    const { file, from, now } = op;
    const until = op.until ?? now;
    const archive = op.archive ? parseRetention(`${op.archive}:1`).secondsPerPoint : undefined;
    return this.#store === undefined || op.error !== undefined
      ? this.#whisper.fetch(this.#path(file), from, until, now, archive)
      : this.#store.fetch(this.#id(file), file, from, until, now, {
          ...(archive !== undefined && { secondsPerPoint: archive }),
        });
  }

  #resize({ retentions, options, now }: Op, path: string): unknown {
    const { xFilesFactor, aggregationMethod, newfile, nobackup, aggregate } = options;
    resize(this.#whisper, path, retentions.map(parseRetention), now, {
      ...(xFilesFactor === undefined ? {} : { xFilesFactor }),
      ...(aggregationMethod === undefined ? {} : { method: aggregationMethod }),
      ...(newfile === undefined ? {} : { newFile: this.#path(newfile) }),
      ...(nobackup ? { removeBackup: true } : {}),
      ...(aggregate ? { aggregate } : {}),
    });
    return { exit: 0 };
  }

  #id(file: string): number {
    if (!this.#ids.includes(file)) this.#ids.push(file);
    return this.#ids.indexOf(file);
  }

  #path(file: string): string {
    return `${this.#folder}/${file}.wsp`;
  }

  #hash(file: string): string | null {
    const path = `${this.#folder}/${file}`;
    return existsSync(path) ? createHash('sha256').update(readFileSync(path)).digest('hex') : null;
  }
}

/** The reference makes a file that nobody can read, with or without saying so. We refuse, and leave nothing. */
function leavesBrokenFile(op: Op): boolean {
  return (
    op.op === 'create' && (op.xff === 'NaN' || (op.error !== undefined && op.changed !== undefined))
  );
}

/**
 * The reference's bytes may depend on the order of a Python set. The vectors give the other order's only where it shows
 * at the end, so nothing can be said of the bytes of a file that does not last.
 */
function isReplacedLater(row: WhisperRow, file: string): boolean {
  return row.ops.some(({ op, options, file: name }) => {
    return op === 'resize' && options.nobackup === true && `${name}.wsp` === file;
  });
}

function archiveSpec([secondsPerPoint, points]: [number, number]): ArchiveSpec {
  return { secondsPerPoint, points };
}

function overwrite(path: string, { hex, offset }: Op): void {
  const bytes = Buffer.from(hex, 'hex');
  if (offset === undefined) {
    writeFileSync(path, bytes);
    return;
  }
  const fd = openSync(path, 'r+');
  writeSync(fd, bytes, 0, bytes.length, offset);
  closeSync(fd);
}
