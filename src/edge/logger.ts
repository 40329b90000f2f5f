import { pino } from 'pino';
import type { Logger } from '../actors/ports/logger.js';

/** JSON lines on standard output; `LOG_LEVEL` in the environment chooses how much. */
export function processLogger(role: string, name: string, level: string): Logger {
  return pino({ level, base: { role, name }, timestamp: pino.stdTimeFunctions.isoTime });
}
