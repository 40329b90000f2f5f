import { CarbonbusError } from '../../src/errors.js';
import type { Files } from '../../src/storage/files.js';

/** Calls that change something on the disk, or may fail for want of a resource. */
const CALLS = ['open', 'write', 'resize', 'rename', 'remove', 'makeFolder', 'read'] as const;

export type FaultyCall = (typeof CALLS)[number];

/** Files that fail when told to, and count what is asked of them. */
export class FaultyFiles {
  /** Pass this to the code under test. */
  readonly files: Files;
  readonly counts: Record<FaultyCall, number> = {
    open: 0,
    write: 0,
    resize: 0,
    rename: 0,
    remove: 0,
    makeFolder: 0,
    read: 0,
  };
  /** Throws from here on to fail a call; does nothing by default. */
  onCall: (call: FaultyCall, calls: number) => void = () => {};
  openNow = 0;
  #calls = 0;

  constructor(inner: Files) {
    const open: Files['open'] = (path, mode) => {
      const fd = inner.open(path, mode);
      this.openNow++;
      return fd;
    };
    this.files = {
      ...inner,
      open: this.#counted('open', open),
      write: this.#counted('write', inner.write),
      resize: this.#counted('resize', inner.resize),
      rename: this.#counted('rename', inner.rename),
      remove: this.#counted('remove', inner.remove),
      makeFolder: this.#counted('makeFolder', inner.makeFolder),
      read: this.#counted('read', inner.read),
      close: (fd) => {
        this.openNow--;
        inner.close(fd);
      },
    };
  }

  get calls(): number {
    return this.#calls;
  }

  /** The call of this number, from 1, fails with this errno code. */
  failAt(number: number, code: string): void {
    const target = this.#calls + number;
    this.onCall = (_, calls) => {
      if (calls === target) throw fault(code);
    };
  }

  /** The call of this number, from 1, and all that follow fail: nothing is cleaned up. */
  killAt(number: number): void {
    const target = this.#calls + number;
    this.onCall = (_, calls) => {
      if (calls >= target) throw fault('KILLED');
    };
  }

  #counted<A extends unknown[], R>(call: FaultyCall, run: (...args: A) => R): (...args: A) => R {
    return (...args) => {
      this.counts[call]++;
      this.#calls++;
      this.onCall(call, this.#calls);
      return run(...args);
    };
  }
}

export function fault(code: string): CarbonbusError {
  return new CarbonbusError(code, `injected ${code}`);
}
