import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const CHUNK = Buffer.alloc(2 ** 20);
const PAGE = CHUNK.subarray(0, 4096);

/** A small file system in memory, which can be filled up. */
export class SmallDisk {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Mounts it; undefined, with a line that says so, where that is not allowed. */
  static mount(folder: string, bytes: number): SmallDisk | undefined {
    mkdirSync(folder, { recursive: true });
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder], {
        stdio: 'ignore',
      });
      return new SmallDisk(folder);
    } catch {
      console.log('  skipping the full disk: mounting a small file system needs root');
      return undefined;
    }
  }

  /** Takes all the room that is left. */
  fill(): void {
    const file = openSync(this.#filler, 'a');
    for (const bytes of [CHUNK, PAGE]) {
      try {
        for (;;) writeSync(file, bytes);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    }
    closeSync(file);
  }

  makeRoom(): void {
    rmSync(this.#filler, { force: true });
  }

  unmount(): void {
    try {
      execFileSync('umount', ['-l', this.folder]);
    } catch (error) {
      console.log(`  ${this.folder} is not mounted: ${error}`);
    }
  }

  get #filler(): string {
    return join(this.folder, 'filler');
  }
}
