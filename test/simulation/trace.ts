import type { Logger } from '../../src/actors/ports/logger.js';
import type { SimulatedTime } from './simulated-time.js';

/** What has happened in a world, one line each. */
export class Trace {
  readonly lines: string[] = [];
  /** Told of each line as it comes. */
  print: (line: string) => void = () => undefined;
  readonly #time: SimulatedTime;

  constructor(time: SimulatedTime) {
    this.#time = time;
  }

  note(who: string, what: string): void {
    const line = `${(this.#time.nowMs / 1000).toFixed(3).padStart(9)}  ${who.padEnd(8)} ${what}`;
    this.lines.push(line);
    this.print(line);
  }

  /** What a process logs is part of the trace, but for what is of no interest to operators. */
  logger(who: string): Logger {
    const note =
      (level: string) =>
      (fields: object, text: string): void =>
        this.note(who, `${level}: ${text} ${JSON.stringify(fields)}`);
    return { debug: () => undefined, info: note('info'), warn: note('warn'), error: note('error') };
  }
}
