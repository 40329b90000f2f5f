import { CarbonbusError } from '../errors.js';
import type { Files } from './files.js';

/** Descriptors left for sockets, logs and queries. */
const RESERVED = 1_000;
const LEAST = 64;
/** A role opens some hundred files of its own program at once, and then sockets. */
const NEEDED = 256;
/** Where the system does not tell its limit, the one that is common as a default. */
const COMMON_LIMIT = 1_024;

/** How many whisper files a process may keep open: its limit of open files, less a reserve. */
export function openFilesMax(files: Files): number {
  const limit = softLimit(files);
  return Math.max(LEAST, limit > 2 * RESERVED ? limit - RESERVED : Math.floor(limit / 2));
}

/** Throws a CarbonbusError `FEW_OPEN_FILES` where a process may not have so many files open as each role needs at least. */
export function requireOpenFiles(files: Files): void {
  const limit = softLimit(files);
  if (limit >= NEEDED) return;
  const remedy = 'raise it with `ulimit -n`, or LimitNOFILE of a systemd unit';
  throw new CarbonbusError(
    'FEW_OPEN_FILES',
    `may have ${limit} files open, and needs ${NEEDED}: ${remedy}`,
  );
}

/** The soft limit, from Linux's `/proc/self/limits`. */
function softLimit(files: Files): number {
  const path = '/proc/self/limits';
  if (files.size(path) === undefined) return COMMON_LIMIT;
  const text = Buffer.from(files.readAll(path)).toString('utf8');
  const found = /^Max open files\s+(\d+|unlimited)/m.exec(text)?.[1];
  if (found === undefined) return COMMON_LIMIT;
  return found === 'unlimited' ? 1_000_000 : Number(found);
}
