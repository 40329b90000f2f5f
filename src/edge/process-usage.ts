import { cpuUsage, memoryUsage } from 'node:process';

/** User and system CPU time of this process so far, in seconds. */
export function cpuSeconds(): number {
  const { user, system } = cpuUsage();
  return (user + system) / 1e6;
}

/** Memory of this process that is resident, in bytes. */
export function residentBytes(): number {
  return memoryUsage.rss();
}
