import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';

/** A symbolic link to `<process>/task/<thread>`, where the system is Linux. */
const OWN_THREAD = '/proc/thread-self';

/**
 * Lets other threads go first, those of this process too, where that is possible: on Linux each thread has a priority of its
 * own.
 *
 * @param niceness 0 as others, up to 19
 * @returns whether it was possible
 */
export function lowerThreadPriority(niceness: number): boolean {
  if (process.platform !== 'linux') return false;
  try {
    const thread = readlinkSync(OWN_THREAD).split('/').at(-1);
    setPriority(Number(thread), niceness);
    return true;
  } catch {
    // Without it the work is as quick as that of others.
    return false;
  }
}
