import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { errorCode } from '../errors.js';
import { makeFolders } from './make-folders.js';

/** Small files of the program itself, such as a generated configuration; readable by their owner only. */
export const privateFiles = {
  makeFolder(path: string): void {
    makeFolders(path);
  },
  writePrivate(path: string, text: string): void {
    writeFileSync(path, text, { mode: 0o600 });
  },
  /** Whole or not at all, and never over another one: false where there is a file already. */
  createPrivate(path: string, text: string): boolean {
    const temporary = `${path}.${process.pid}`;
    try {
      writeFileSync(temporary, text, { mode: 0o600 });
      linkSync(temporary, path);
      return true;
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false;
      throw error;
    } finally {
      rmSync(temporary, { force: true });
    }
  },
  read(path: string): string | undefined {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ESRCH') return undefined;
      throw error;
    }
  },
};
