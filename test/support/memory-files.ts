import { CarbonbusError } from '../../src/errors.js';
import type { FileStatus, Files, FolderEntry, OpenMode } from '../../src/storage/files.js';

interface Inode {
  bytes: Uint8Array;
  links: number;
}

interface Fault {
  code: string;
  operations: ReadonlySet<string>;
  /** Only paths that contain this. */
  path: string;
  times: number;
}

/** What changes the disk; what a full or read-only one refuses. */
const CHANGES = new Set(['write', 'create', 'resize', 'makeFolder', 'rename']);

/** A file system in memory, whose calls can be made to fail by errno. */
export class MemoryFiles implements Files {
  /** Calls by name, to see what was really done. */
  readonly calls = new Map<string, number>();
  readonly #files = new Map<string, Inode>();
  readonly #folders = new Set<string>(['']);
  readonly #open = new Map<number, { inode: Inode; path: string; mode: OpenMode }>();
  readonly #faults: Fault[] = [];
  #nextFd = 3;

  /** Makes every change fail, as a full or read-only disk does, until `heal`. */
  refuseChanges(code: string, path = ''): void {
    this.#faults.push({ code, operations: CHANGES, path, times: Number.POSITIVE_INFINITY });
  }

  /** Makes the named operations on paths that contain `path` fail. */
  refuse(code: string, operations: string[], path = '', times = Number.POSITIVE_INFINITY): void {
    this.#faults.push({ code, operations: new Set(operations), path, times });
  }

  heal(): void {
    this.#faults.length = 0;
  }

  get openFiles(): number {
    return this.#open.size;
  }

  /** Every file's bytes in hexadecimal, by path. */
  contents(): Record<string, string> {
    const contents: Record<string, string> = {};
    for (const [path, { bytes }] of [...this.#files].sort(([a], [b]) => (a < b ? -1 : 1))) {
      contents[path] = Buffer.from(bytes).toString('hex');
    }
    return contents;
  }

  /** Puts a file there, whatever the faults. */
  put(path: string, bytes: Uint8Array): void {
    this.#addFolders(folderOf(path));
    this.#files.set(path, { bytes: Uint8Array.from(bytes), links: 1 });
  }

  has(path: string): boolean {
    return this.#files.has(path);
  }

  open(path: string, mode: OpenMode): number {
    const known = this.#files.get(path);
    this.#attempt(mode === 'replace' ? 'create' : `open ${mode}`, path);
    if (this.#folders.has(path)) throw failure('EISDIR', path);
    let inode = known;
    if (mode === 'replace') {
      if (!this.#folders.has(folderOf(path))) throw failure('ENOENT', path);
      inode ??= { bytes: new Uint8Array(0), links: 1 };
      inode.bytes = new Uint8Array(0);
      this.#files.set(path, inode);
    }
    if (inode === undefined) throw failure('ENOENT', path);
    this.#open.set(this.#nextFd, { inode, path, mode });
    return this.#nextFd++;
  }

  read(fd: number, into: Uint8Array, offset: number, length: number, position: number): number {
    const { inode, path } = this.#opened(fd);
    this.#attempt('read', path);
    const some = inode.bytes.subarray(position, position + length);
    into.set(some, offset);
    return some.length;
  }

  write(fd: number, from: Uint8Array, offset: number, length: number, position: number): void {
    const { inode, path, mode } = this.#opened(fd);
    this.#attempt('write', path);
    if (mode === 'read') throw failure('EBADF', path);
    if (position + length > inode.bytes.length) this.#resize(inode, position + length);
    inode.bytes.set(from.subarray(offset, offset + length), position);
  }

  resize(fd: number, size: number): void {
    const { inode, path } = this.#opened(fd);
    this.#attempt('resize', path);
    this.#resize(inode, size);
  }

  status(fd: number): FileStatus {
    const { inode, path } = this.#opened(fd);
    this.#attempt('status', path);
    return { size: inode.bytes.length, links: inode.links };
  }

  sync(fd: number): void {
    this.#attempt('sync', this.#opened(fd).path);
  }

  close(fd: number): void {
    this.#opened(fd);
    this.#count('close');
    this.#open.delete(fd);
  }

  size(path: string): number | undefined {
    this.#attempt('size', path);
    return this.#files.get(path)?.bytes.length;
  }

  readAll(path: string): Uint8Array {
    this.#attempt('readAll', path);
    const inode = this.#files.get(path);
    if (inode === undefined) throw failure('ENOENT', path);
    return Uint8Array.from(inode.bytes);
  }

  makeFolder(path: string): void {
    this.#attempt('makeFolder', path);
    if (this.#files.has(path)) throw failure('EEXIST', path);
    this.#addFolders(path);
  }

  *list(folder: string): Generator<FolderEntry> {
    const path = folder.replace(/\/$/, '');
    this.#attempt('list', path);
    if (!this.#folders.has(path)) throw failure('ENOENT', path);
    const below = (one: string): boolean => folderOf(one) === path && one !== path;
    for (const folder of [...this.#folders].filter(below)) {
      yield { name: folder.slice(path.length + 1), kind: 'folder' };
    }
    for (const file of [...this.#files.keys()].filter(below)) {
      yield { name: file.slice(path.length + 1), kind: 'file' };
    }
  }

  rename(from: string, to: string): void {
    this.#attempt('rename', from);
    const inode = this.#files.get(from);
    if (inode === undefined) throw failure('ENOENT', from);
    const replaced = this.#files.get(to);
    if (replaced !== undefined) replaced.links = 0;
    this.#files.delete(from);
    this.#files.set(to, inode);
  }

  remove(path: string): void {
    this.#attempt('remove', path);
    const inode = this.#files.get(path);
    if (inode === undefined) throw failure('ENOENT', path);
    inode.links = 0;
    this.#files.delete(path);
  }

  removeFolder(path: string): void {
    this.#attempt('removeFolder', path);
    if (!this.#folders.has(path)) throw failure('ENOENT', path);
    if (!this.list(path).next().done) throw failure('ENOTEMPTY', path);
    this.#folders.delete(path);
  }

  syncFolder(path: string): void {
    this.#attempt('syncFolder', path);
  }

  #attempt(operation: string, path: string): void {
    this.#count(operation);
    const fault = this.#faults.find(
      (one) => one.operations.has(operation) && one.times > 0 && path.includes(one.path),
    );
    if (fault === undefined) return;
    fault.times--;
    throw failure(fault.code, path);
  }

  #count(operation: string): void {
    this.calls.set(operation, (this.calls.get(operation) ?? 0) + 1);
  }

  #opened(fd: number): { inode: Inode; path: string; mode: OpenMode } {
    const opened = this.#open.get(fd);
    if (opened === undefined) throw failure('EBADF', `file descriptor ${fd}`);
    return opened;
  }

  #resize(inode: Inode, size: number): void {
    const bytes = new Uint8Array(size);
    bytes.set(inode.bytes.subarray(0, size));
    inode.bytes = bytes;
  }

  #addFolders(path: string): void {
    for (let folder = path; folder !== ''; folder = folderOf(folder)) this.#folders.add(folder);
  }
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function failure(code: string, path: string): CarbonbusError {
  return new CarbonbusError(code, `${code}: ${path}`);
}
