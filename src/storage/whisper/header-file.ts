import { CarbonbusError } from '../../errors.js';
import type { Files } from '../files.js';
import {
  ARCHIVE_INFO_BYTES,
  archiveCount,
  decodeHeader,
  headerBytes,
  METADATA_BYTES,
  type WhisperHeader,
} from './format.js';
import type { Layout, LayoutTable } from './layout.js';

/** Read at once; holds the header of any usual file. */
const FIRST_READ_BYTES = METADATA_BYTES + 9 * ARCHIVE_INFO_BYTES;
const ZEROS = new Uint8Array(64 * 1024);

/** The header of an open file. One that is not a whisper file throws `CORRUPT_FILE`. */
export function readHeader(files: Files, fd: number): WhisperHeader {
  const header = decodeHeader(readHeaderBytes(files, fd));
  if (header === undefined) throw new CarbonbusError('CORRUPT_FILE', 'not a whisper file');
  return header;
}

/** What to know for reading and writing points. A file that is damaged throws `CORRUPT_FILE`. */
export function readLayout(files: Files, fd: number, layouts: LayoutTable): Layout {
  const layout = layouts.ofBytes(readHeaderBytes(files, fd));
  if (layout === undefined) throw new CarbonbusError('CORRUPT_FILE', 'not a whisper file');
  if (layout.problem !== undefined) throw new CarbonbusError('CORRUPT_FILE', layout.problem);
  if (files.status(fd).size < layout.fileBytes) {
    throw new CarbonbusError('CORRUPT_FILE', 'it is truncated');
  }
  return layout;
}

/**
 * Makes a file. It appears under its name when it is complete, so that whoever
 * is killed meanwhile leaves no broken file behind; what was there before is replaced.
 *
 * @param head its header, and the first points of its finest archive if any
 * @param sparse leaves the rings to the file system, as a hole; else writes zeros
 * @returns its file descriptor, open for reading and writing
 */
export function createFile(
  files: Files,
  path: string,
  head: Uint8Array,
  fileBytes: number,
  sparse: boolean,
): number {
  const unfinished = `${path}.creating`;
  const fd = files.open(unfinished, 'replace');
  try {
    files.write(fd, head, 0, head.length, 0);
    if (sparse) files.resize(fd, fileBytes);
    else fillWithZeros(files, fd, head.length, fileBytes);
    files.rename(unfinished, path);
    return fd;
  } catch (error) {
    files.close(fd);
    files.remove(unfinished);
    throw error;
  }
}

function fillWithZeros(files: Files, fd: number, from: number, to: number): void {
  for (let at = from; at < to; at += ZEROS.length) {
    files.write(fd, ZEROS, 0, Math.min(ZEROS.length, to - at), at);
  }
}

function readHeaderBytes(files: Files, fd: number): Uint8Array {
  const bytes = new Uint8Array(FIRST_READ_BYTES);
  const first = bytes.subarray(0, files.read(fd, bytes, 0, bytes.length, 0));
  const needed = headerBytes(archiveCount(first) ?? 0);
  if (needed <= bytes.length) return first;
  const all = new Uint8Array(needed);
  return all.subarray(0, files.read(fd, all, 0, needed, 0));
}
