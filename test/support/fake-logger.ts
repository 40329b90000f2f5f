import type { Logger } from '../../src/actors/ports/logger.js';

/** Keeps what was logged. */
export class FakeLogger implements Logger {
  readonly lines: { level: string; fields: object; text: string }[] = [];

  debug(fields: object, text: string): void {
    this.lines.push({ level: 'debug', fields, text });
  }

  info(fields: object, text: string): void {
    this.lines.push({ level: 'info', fields, text });
  }

  warn(fields: object, text: string): void {
    this.lines.push({ level: 'warn', fields, text });
  }

  error(fields: object, text: string): void {
    this.lines.push({ level: 'error', fields, text });
  }

  /** The texts of one level. */
  texts(level: string): string[] {
    return this.lines.filter((line) => line.level === level).map((line) => line.text);
  }
}
