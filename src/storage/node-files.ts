import * as fs from 'node:fs';
import { resolve } from 'node:path';
import { CarbonbusError, errorCode, errorText } from '../errors.js';
import type { FileStatus, Files, FolderEntry, OpenMode } from './files.js';
import { makeFolders } from './make-folders.js';

const { O_CREAT, O_RDONLY, O_RDWR, O_TRUNC } = fs.constants;
/** As numbers: a text would be looked up for each file that is opened. */
const FLAGS: Record<OpenMode, number> = {
  read: O_RDONLY,
  update: O_RDWR,
  replace: O_RDWR | O_CREAT | O_TRUNC,
};
/** Entries read ahead from a folder by one system call. */
const FOLDER_READ_AHEAD = 1024;

/** The real file system. The only file of the program's core that imports `node:fs`. */
export const nodeFiles: Files = {
  open(path, mode) {
    try {
      return fs.openSync(path, FLAGS[mode]);
    } catch (error) {
      throw failure('open', path, error);
    }
  },

  read(fd, into, offset, length, position) {
    try {
      return readFully(fd, into, offset, length, position);
    } catch (error) {
      throw failure('read', fd, error);
    }
  },

  write(fd, from, offset, length, position) {
    try {
      let done = fs.writeSync(fd, from, offset, length, position);
      while (done < length) {
        done += fs.writeSync(fd, from, offset + done, length - done, position + done);
      }
    } catch (error) {
      throw failure('write', fd, error);
    }
  },

  close(fd) {
    try {
      fs.closeSync(fd);
    } catch (error) {
      throw failure('close', fd, error);
    }
  },

  resize: (fd, size) => attempt('resize', fd, () => fs.ftruncateSync(fd, size)),
  sync: (fd) => attempt('sync', fd, () => fs.fsyncSync(fd)),
  readAll: (path) => attempt('read', path, () => fs.readFileSync(path)),
  rename: (from, to) => attempt('rename', from, () => fs.renameSync(from, to)),
  remove: (path) => attempt('remove', path, () => fs.unlinkSync(path)),
  removeFolder: (path) => attempt('remove', path, () => fs.rmdirSync(path)),
  makeFolder: (path) => attempt('make folder', path, () => makeFolders(path)),
  size: (path) => attempt('status', path, () => fs.statSync(path, { throwIfNoEntry: false })?.size),

  status(fd): FileStatus {
    return attempt('status', fd, () => {
      const status = fs.fstatSync(fd);
      return { size: status.size, links: status.nlink };
    });
  },

  syncFolder: (path) =>
    attempt('sync', path, () => {
      const fd = fs.openSync(path, 'r');
      try {
        fs.fsyncSync(fd);
      } finally {
        fs.closeSync(fd);
      }
    }),

  *list(path): Generator<FolderEntry> {
    const folder = attempt('list', path, () =>
      fs.opendirSync(path, { bufferSize: FOLDER_READ_AHEAD }),
    );
    try {
      for (;;) {
        const entry = attempt('list', path, () => folder.readSync());
        if (entry === null) return;
        const kind = entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : 'other';
        yield { name: entry.name, kind };
      }
    } finally {
      folder.closeSync();
    }
  },
};

/** The absolute path without links. A path that leads nowhere only becomes absolute. */
export function realPath(path: string): string {
  try {
    return fs.realpathSync(path);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return resolve(path);
  }
}

function readFully(
  fd: number,
  into: Uint8Array,
  offset: number,
  length: number,
  position: number,
): number {
  let done = 0;
  while (done < length) {
    const n = fs.readSync(fd, into, offset + done, length - done, position + done);
    if (n === 0) break;
    done += n;
  }
  return done;
}

function attempt<T>(what: string, target: string | number, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw failure(what, target, error);
  }
}

function failure(what: string, target: string | number, cause: unknown): CarbonbusError {
  const where = typeof target === 'number' ? `file descriptor ${target}` : target;
  return new CarbonbusError(codeOf(cause), `cannot ${what} ${where}: ${errorText(cause)}`, {
    cause,
  });
}

/** Node refuses a path with a NUL itself, with a code of its own; to the kernel that would be EINVAL. */
function codeOf(cause: unknown): string {
  const code = errorCode(cause) ?? 'EIO';
  return code === 'ERR_INVALID_ARG_VALUE' ? 'EINVAL' : code;
}
