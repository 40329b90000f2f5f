import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { NOT_YET_MET } from '../conformance/not-yet-met.js';

/** The folder of recorded vectors: `CONFORMANCE_DIR`, else `../shared/conformance` beside the checkout. */
export const CONFORMANCE_DIR = resolve(process.env.CONFORMANCE_DIR ?? '../shared/conformance');

export const chosenSets = process.env.CONFORMANCE_SETS?.split(',').map((name) => name.trim());

export interface Row {
  id: string;
}

/** True when the folder of vectors holds this file; a folder of the same form may hold fewer files. */
export function hasVectors(path: string): boolean {
  return existsSync(join(CONFORMANCE_DIR, path));
}

export function readVectors<T>(path: string): T {
  const text = readFileSync(join(CONFORMANCE_DIR, path), 'utf8');
  // Python writes infinite numbers by a name that JSON does not have.
  return JSON.parse(text.replaceAll(': Infinity', ': 1e9999')) as T;
}

/** The rows of a `.jsonl` file. */
export function readRows<T>(path: string): T[] {
  const lines = readFileSync(join(CONFORMANCE_DIR, path), 'utf8').split('\n');
  return lines.filter(Boolean).map((line) => JSON.parse(line) as T);
}

/**
 * One mocha test for each row of the `.jsonl` file `path` (relative to the folder of vectors; its first
 * part names the set). A row that is listed in `not-yet-met.ts` must fail: when it passes, it has to
 * leave the list. Rows without an `id` are named by their line number.
 *
 * @param accept which rows of the file this test speaks about; all by default
 */
export function conformance<T>(
  path: string,
  check: (row: T) => void | Promise<void>,
  accept: (row: T) => boolean = () => true,
): void {
  const set = path.split('/')[0];
  if (chosenSets && !chosenSets.includes(set)) return;
  describe(`conformance ${path}`, () => {
    if (!hasVectors(path)) {
      it(`has vectors (skipped: no ${path} in ${CONFORMANCE_DIR})`, function () {
        this.skip();
      });
      return;
    }
    readRows<T & Partial<Row>>(path).forEach((row, index) => {
      if (!accept(row)) return;
      const id = row.id ?? `line ${index + 1}`;
      const reason = NOT_YET_MET[path]?.[id];
      if (reason === undefined) it(id, () => check(row));
      else it(`${id} (not yet met: ${reason})`, () => mustFail(row, check));
    });
  });
}

async function mustFail<T>(row: T, check: (row: T) => void | Promise<void>): Promise<void> {
  try {
    await check(row);
  } catch {
    return;
  }
  throw new Error('this row passes now: take it out of test/conformance/not-yet-met.ts');
}

/** Python numbers as the vectors write them: `"NaN"`, `"Infinity"`, `{bigint}`; anything else as it is. */
export function number(value: unknown): number {
  if (typeof value === 'number') return value;
  if (value === 'NaN') return Number.NaN;
  if (value === 'Infinity') return Number.POSITIVE_INFINITY;
  if (value === '-Infinity') return Number.NEGATIVE_INFINITY;
  if (typeof value === 'object' && value !== null && 'bigint' in value) return Number(value.bigint);
  throw new Error(`not a number of the vectors: ${JSON.stringify(value)}`);
}
