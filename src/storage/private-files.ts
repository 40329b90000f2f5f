import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { errorCode } from '../errors.js';

/** Small files of the program itself, such as a generated configuration; readable by their owner only. */
export const privateFiles = {
  makeFolder(path: string): void {
    mkdirSync(path, { recursive: true });
  },
  writePrivate(path: string, text: string): void {
    writeFileSync(path, text, { mode: 0o600 });
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
