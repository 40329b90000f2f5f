import { pino } from 'pino';
import type { Logger } from '../actors/ports/logger.js';

/** How much is logged, from most to least. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * JSON lines on standard output. They go there by the process's own stream: pino's, where a disk is full, throws, and
 * then keeps the process from ending until there is room.
 */
export function processLogger(role: string, name: string, level: LogLevel): Logger {
  const options = { level, base: { role, name }, timestamp: pino.stdTimeFunctions.isoTime };
  return pino(options, process.stdout);
}
