import { CarbonbusError } from '../../src/errors.js';
import type { FileStatus, Files, FolderEntry } from '../../src/storage/files.js';

/** A file system that takes every write and keeps none of them: no file is there, and any can be made. */
export class BottomlessFiles implements Files {
  #nextFd = 1;

  open(): number {
    return this.#nextFd++;
  }

  read(_fd: number, into: Uint8Array, offset: number, length: number): number {
    into.fill(0, offset, offset + length);
    return length;
  }

  write(): void {}
  resize(): void {}
  sync(): void {}
  close(): void {}
  makeFolder(): void {}
  rename(): void {}
  remove(): void {}
  removeFolder(): void {}
  syncFolder(): void {}

  status(): FileStatus {
    return { size: 0, links: 1 };
  }

  size(): undefined {
    return undefined;
  }

  readAll(path: string): Uint8Array {
    throw new CarbonbusError('ENOENT', `${path} is not kept`);
  }

  *list(_path: string): Generator<FolderEntry> {}
}
