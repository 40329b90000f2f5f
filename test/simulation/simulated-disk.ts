import type { FileStatus, Files, FolderEntry, OpenMode } from '../../src/storage/files.js';
import { MemoryFiles } from '../support/memory-files.js';
import type { Random } from '../support/random.js';
import type { SimulatedProcess } from './simulated-process.js';
import type { SimulatedTime } from './simulated-time.js';

/** What the system puts on the disk by itself has got there after so long. Less than on Linux: worlds are short. */
export const WRITEBACK_MS = 5_000;

/** A file whatever its name, as the platter has it. */
interface Inode {
  bytes: Uint8Array;
}

/** A change that a power cut may undo. */
interface Change {
  atMs: number;
  /** Of names, which the system's journal keeps in order, or of the bytes of one file, which it does not. */
  inode: Inode | undefined;
  apply: () => void;
}

/**
 * The disk of one node: what programs see is in memory (`cache`), and gets to the platter later. It outlives processes;
 * a power cut leaves the platter, with some of what was on the way.
 */
export class SimulatedDisk {
  cache = new MemoryFiles();
  /** What each change costs while the disk is slow. */
  changeMs = 0;
  readonly #time: SimulatedTime;
  readonly #random: Random;
  readonly #platter = new Map<string, Inode>();
  /** Files by their names as programs see them. */
  readonly #inodes = new Map<string, Inode>();
  #changes: Change[] = [];

  constructor(time: SimulatedTime, random: Random) {
    this.#time = time;
    this.#random = random;
  }

  /** The file system for one life of a process. */
  files(process: SimulatedProcess): Files {
    return new ProcessFiles(this, process, this.#random);
  }

  inode(path: string): Inode {
    let inode = this.#inodes.get(path);
    if (inode === undefined) {
      inode = { bytes: new Uint8Array(0) };
      this.#inodes.set(path, inode);
    }
    return inode;
  }

  created(path: string): void {
    const inode = this.inode(path);
    this.#change(undefined, () => {
      inode.bytes = new Uint8Array(0);
      this.#platter.set(path, inode);
    });
  }

  written(inode: Inode, bytes: Uint8Array, position: number): void {
    const copy = bytes.slice();
    this.#change(inode, () => {
      if (inode.bytes.length < position + copy.length) grow(inode, position + copy.length);
      inode.bytes.set(copy, position);
    });
  }

  resized(inode: Inode, size: number): void {
    this.#change(undefined, () => grow(inode, size));
  }

  renamed(from: string, to: string): void {
    const inode = this.inode(from);
    this.#inodes.delete(from);
    this.#inodes.set(to, inode);
    this.#change(undefined, () => {
      this.#platter.delete(from);
      this.#platter.set(to, inode);
    });
    // As ext4 and others do for a file that takes a name: its bytes are not later than its name.
    for (const change of this.#changes) if (change.inode === inode) change.inode = undefined;
  }

  removed(path: string): void {
    this.#inodes.delete(path);
    this.#change(undefined, () => this.#platter.delete(path));
  }

  /** All that was changed is on the platter: `sync`. */
  sync(): void {
    for (const { apply } of this.#changes.splice(0)) apply();
  }

  /** What was not on the platter yet is there by chance; returns how many changes are lost. */
  cutPower(): number {
    this.#writeBack();
    const names = this.#random.int(0, this.#changes.length);
    let lost = 0;
    for (const [i, { inode, apply }] of this.#changes.entries()) {
      const survives = inode === undefined ? i < names : this.#random.chance(0.5);
      if (survives) apply();
      else lost++;
    }
    this.#changes = [];
    this.cache = new MemoryFiles();
    this.#inodes.clear();
    for (const [path, inode] of this.#platter) {
      this.cache.put(path, inode.bytes);
      this.#inodes.set(path, inode);
    }
    return lost;
  }

  /** Another disk, with nothing on it. */
  replace(): void {
    this.#changes = [];
    this.#platter.clear();
    this.#inodes.clear();
    this.cache = new MemoryFiles();
  }

  /** Spoils a whisper file, while no process has it open. Returns its path; undefined where there is none. */
  damage(): string | undefined {
    const paths = [...this.#platter.keys()].filter((path) => path.endsWith('.wsp'));
    if (paths.length === 0) return undefined;
    const path = this.#random.pick(paths);
    const inode = this.inode(path);
    const length = inode.bytes.length;
    if (this.#random.chance(0.3)) inode.bytes = inode.bytes.slice(0, this.#random.int(0, length));
    else inode.bytes = inode.bytes.map((byte, i) => (i < 16 ? this.#random.int(0, 255) : byte));
    this.cache.put(path, inode.bytes);
    return path;
  }

  #change(inode: Inode | undefined, apply: () => void): void {
    this.#changes.push({ atMs: this.#time.nowMs, inode, apply });
    this.#writeBack();
  }

  #writeBack(): void {
    const durable = this.#changes.findIndex(({ atMs }) => atMs > this.#time.nowMs - WRITEBACK_MS);
    const old = this.#changes.splice(0, durable < 0 ? this.#changes.length : durable);
    for (const { apply } of old) apply();
  }
}

/** The disk as one process sees it: each call may be the one in which it is killed. */
class ProcessFiles implements Files {
  readonly #disk: SimulatedDisk;
  readonly #process: SimulatedProcess;
  readonly #random: Random;
  readonly #cache: MemoryFiles;
  readonly #open = new Map<number, Inode>();

  constructor(disk: SimulatedDisk, process: SimulatedProcess, random: Random) {
    this.#disk = disk;
    this.#process = process;
    this.#random = random;
    this.#cache = disk.cache;
  }

  open(path: string, mode: OpenMode): number {
    if (mode === 'replace') this.#effect('making', path);
    else this.#process.mustLive();
    const fd = this.#cache.open(path, mode);
    if (mode === 'replace') this.#disk.created(path);
    this.#open.set(fd, this.#disk.inode(path));
    return fd;
  }

  read(fd: number, into: Uint8Array, offset: number, length: number, position: number): number {
    this.#process.mustLive();
    return this.#cache.read(fd, into, offset, length, position);
  }

  /** A process that is killed in the middle of a write has written the beginning. */
  write(fd: number, from: Uint8Array, offset: number, length: number, position: number): void {
    const isKilled = this.#process.isKilledNow();
    const written = isKilled ? this.#random.int(0, length) : length;
    if (!isKilled) this.#process.mustLive();
    this.#process.pause(this.#disk.changeMs);
    this.#cache.write(fd, from, offset, written, position);
    this.#disk.written(this.#inode(fd), from.subarray(offset, offset + written), position);
    if (!isKilled) return;
    this.#process.die(`killed after ${written} of ${length} bytes of a write`);
    this.#process.mustLive();
  }

  resize(fd: number, size: number): void {
    this.#effect('resizing', `file descriptor ${fd}`);
    this.#cache.resize(fd, size);
    this.#disk.resized(this.#inode(fd), size);
  }

  status(fd: number): FileStatus {
    this.#process.mustLive();
    return this.#cache.status(fd);
  }

  sync(fd: number): void {
    this.#effect('syncing', `file descriptor ${fd}`);
    this.#cache.sync(fd);
    this.#disk.sync();
  }

  /** The end of a process closes its files, so that this cannot fail. */
  close(fd: number): void {
    this.#open.delete(fd);
    this.#cache.close(fd);
  }

  size(path: string): number | undefined {
    this.#process.mustLive();
    return this.#cache.size(path);
  }

  readAll(path: string): Uint8Array {
    this.#process.mustLive();
    return this.#cache.readAll(path);
  }

  makeFolder(path: string): void {
    this.#effect('making the folder', path);
    this.#cache.makeFolder(path);
  }

  *list(path: string): Generator<FolderEntry> {
    this.#process.mustLive();
    yield* this.#cache.list(path);
  }

  rename(from: string, to: string): void {
    this.#effect('renaming', from);
    this.#cache.rename(from, to);
    this.#disk.renamed(from, to);
  }

  remove(path: string): void {
    this.#effect('removing', path);
    this.#cache.remove(path);
    this.#disk.removed(path);
  }

  removeFolder(path: string): void {
    this.#effect('removing', path);
    this.#cache.removeFolder(path);
  }

  syncFolder(path: string): void {
    this.#effect('syncing', path);
    this.#disk.sync();
  }

  #effect(what: string, path: string): void {
    this.#process.effect(`${what} ${path}`);
    this.#process.pause(this.#disk.changeMs);
  }

  #inode(fd: number): Inode {
    return this.#open.get(fd) ?? { bytes: new Uint8Array(0) };
  }
}

function grow(inode: Inode, size: number): void {
  const bytes = new Uint8Array(size);
  bytes.set(inode.bytes.subarray(0, size));
  inode.bytes = bytes;
}
