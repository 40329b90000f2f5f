import { statSync } from 'node:fs';
import { makeFolders } from './make-folders.js';

/**
 * What tells a folder from all others of this machine, whatever path leads to it. It is made where it is missing.
 *
 * Errors: those of the system.
 */
export function folderIdentity(path: string): string {
  makeFolders(path);
  const { dev, ino } = statSync(path, { bigint: true });
  return `${dev}:${ino}`;
}
