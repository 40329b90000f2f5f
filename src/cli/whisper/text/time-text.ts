import type { LocalTime } from './local-time.js';
import { ctime, strftime } from './strftime.js';

export interface TimeOptions {
  readonly pretty?: boolean;
  readonly timeFormat?: string;
}

/** A time as the options ask for it: in Unix seconds, or as a local date. */
export function timeText(
  epochS: number,
  { pretty, timeFormat }: TimeOptions,
  localTime: LocalTime,
): string {
  if (!pretty) return String(epochS);
  const wall = localTime(epochS);
  return timeFormat ? strftime(timeFormat, wall) : ctime(wall);
}
