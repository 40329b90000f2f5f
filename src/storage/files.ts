import { errorCode } from '../errors.js';

export type FileKind = 'file' | 'folder' | 'other';

export interface FolderEntry {
  readonly name: string;
  readonly kind: FileKind;
}

/** Size in bytes, and the number of names a file has (0: it was removed while open). */
export interface FileStatus {
  readonly size: number;
  readonly links: number;
}

/** `read` and `update` want an existing file; `replace` makes an empty one, whatever was there. */
export type OpenMode = 'read' | 'update' | 'replace';

/**
 * The file system as storage uses it: synchronous, positioned, in terms of file descriptors. A port, so
 * that tests can inject faults between any two calls.
 *
 * Every failure is a `CarbonbusError` whose code is the errno name (`ENOSPC`, `EIO`, `ENOENT`, ...).
 */
export interface Files {
  open(path: string, mode: OpenMode): number;
  /** Reads up to `length` bytes at `position` of the file; returns fewer only at its end. */
  read(fd: number, into: Uint8Array, offset: number, length: number, position: number): number;
  /** Writes all of `from[offset, offset + length)` at `position` of the file, or fails. */
  write(fd: number, from: Uint8Array, offset: number, length: number, position: number): void;
  /** Cuts the file, or extends it by a hole that reads as zeros. */
  resize(fd: number, size: number): void;
  status(fd: number): FileStatus;
  /** Waits until the bytes of the file are on the disk. */
  sync(fd: number): void;
  close(fd: number): void;
  /** Size of the file at `path` in bytes; undefined where there is nothing. */
  size(path: string): number | undefined;
  readAll(path: string): Uint8Array;
  /** Makes the folder and its parents where they are missing. */
  makeFolder(path: string): void;
  /** The entries of a folder, read as they are asked for, in the order of the file system. */
  list(path: string): Generator<FolderEntry>;
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** Of an empty folder. */
  removeFolder(path: string): void;
  /** Waits until the names within a folder are on the disk. */
  syncFolder(path: string): void;
}

/**
 * Replaces `path` so that a reader, also one after a power cut, sees the old bytes or the new ones.
 *
 * @param folder the folder of `path`, which must exist
 */
export function writeFileAtomic(
  files: Files,
  folder: string,
  path: string,
  bytes: Uint8Array,
): void {
  const temporary = `${path}.new`;
  const fd = files.open(temporary, 'replace');
  try {
    files.write(fd, bytes, 0, bytes.length, 0);
    files.sync(fd);
  } finally {
    files.close(fd);
  }
  files.rename(temporary, path);
  files.syncFolder(folder);
}

/**
 * Replaces `path`, and makes its folder: whatever moment the process is killed at, the old file or the new one is there.
 * It does not wait for the disk: after a power cut either may be there.
 */
export function replaceFile(files: Files, path: string, bytes: Uint8Array): void {
  const temporary = `${path}.new`;
  files.makeFolder(path.slice(0, path.lastIndexOf('/')));
  const fd = files.open(temporary, 'replace');
  try {
    files.write(fd, bytes, 0, bytes.length, 0);
  } finally {
    files.close(fd);
  }
  files.rename(temporary, path);
}

/** True for the failure that says there is no such file or folder. */
export function isMissing(error: unknown): boolean {
  return errorCode(error) === 'ENOENT';
}

const UNNAMEABLE_CODES = new Set(['ENAMETOOLONG', 'EINVAL', 'ERR_INVALID_ARG_VALUE', 'EILSEQ']);

/** True for the failure that says that no file can have such a name: it is too long, has a NUL or is no UTF-8. */
export function isUnnameable(error: unknown): boolean {
  return UNNAMEABLE_CODES.has(errorCode(error) ?? '');
}
