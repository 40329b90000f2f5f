import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CarbonbusError, errorText } from '../errors.js';

const run = promisify(execFile);

/**
 * Waits until everything written so far to the file system of a folder is on its disk: one call for all
 * files, by `sync -f` of the system's coreutils, since Node has no call for it.
 */
export async function syncFileSystem(folder: string): Promise<void> {
  try {
    await run('sync', ['-f', folder]);
  } catch (cause) {
    throw new CarbonbusError('SYNC_FAILED', `cannot sync ${folder}: ${errorText(cause)}`, {
      cause,
    });
  }
}
