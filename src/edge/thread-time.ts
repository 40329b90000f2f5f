import { readFileSync } from 'node:fs';
import { errorCode } from '../errors.js';

/** Of this thread, where the system is Linux: nanoseconds on a processor, nanoseconds of waiting for one, turns. */
const OWN_THREAD = '/proc/thread-self/schedstat';

/** The time that this thread has been on a processor; where the system does not tell, that of all threads of the process. */
export function threadTimeMs(): number {
  try {
    return Number(readFileSync(OWN_THREAD, 'latin1').split(' ')[0]) / 1e6;
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e3;
  }
}
