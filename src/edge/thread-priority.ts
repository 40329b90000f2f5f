import { readlinkSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/** A symbolic link to `<process>/task/<thread>`, where the system is Linux. */
const OWN_THREAD = '/proc/thread-self';

const NICEST = 19;

/**
 * Lets other threads go first, those of this process too, where that is possible: on Linux each thread has a priority of its
 * own.
 *
 * @param steps how much nicer it is than the process
 * @returns whether it was possible
 */
export function lowerThreadPriority(steps: number): boolean {
  if (process.platform !== 'linux') return false;
  try {
    const thread = readlinkSync(OWN_THREAD).split('/').at(-1);
    setPriority(Number(thread), Math.min(NICEST, getPriority() + steps));
    return true;
  } catch {
    // Without it the work is as quick as that of others.
    return false;
  }
}
