import { errorText } from '../../errors.js';
import type { Cancel, Clock } from '../ports/clock.js';
import type { LogWriter } from '../ports/log.js';
import type { Logger } from '../ports/logger.js';

/** What one report says: values by the part of the name behind the prefix. */
export type SelfReport = Record<string, number>;

/** A report that could not be published is kept for the next interval, but not more than so many. */
const UNSENT_MAX = 60;

/** Publishes what a process says about itself, under Carbon's names, as points like any other. */
export class SelfMetrics {
  lostReports = 0;
  readonly #prefix: string;
  readonly #subject: string;
  readonly #report: () => SelfReport;
  readonly #log: LogWriter;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #cancel: Cancel;
  readonly #idPrefix: string;
  readonly #unsent: { id: string; text: string }[] = [];
  #reports = 0;
  #sending: Promise<void> | undefined;

  /**
   * @param prefix such as `carbon.agents.host-node1`
   * @param report called once an interval; gives gauges, and counts since its last call
   */
  constructor(options: {
    prefix: string;
    subject: string;
    idPrefix: string;
    intervalMs: number;
    report: () => SelfReport;
    log: LogWriter;
    clock: Clock;
    logger: Logger;
  }) {
    this.#prefix = options.prefix;
    this.#subject = options.subject;
    this.#idPrefix = options.idPrefix;
    this.#report = options.report;
    this.#log = options.log;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#cancel =
      options.intervalMs > 0
        ? options.clock.every(options.intervalMs, () => this.#tick())
        : () => undefined;
  }

  stop(): void {
    this.#cancel();
  }

  #tick(): void {
    const nowS = Math.floor(this.#clock.nowMs() / 1000);
    const lines = Object.entries(this.#report()).map(
      ([name, value]) => `${this.#prefix}.${name} ${value} ${nowS}\n`,
    );
    if (this.#unsent.length >= UNSENT_MAX) {
      this.#unsent.shift();
      this.lostReports++;
    }
    this.#unsent.push({ id: `${this.#idPrefix}:self:${this.#reports++}`, text: lines.join('') });
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
    });
  }

  async #send(): Promise<void> {
    for (let report = this.#unsent[0]; report !== undefined; report = this.#unsent[0]) {
      const outcome = await this.#log.publish(this.#subject, Buffer.from(report.text), report.id);
      if (outcome.type !== 'stored') {
        this.#logger.debug({ reason: errorText(outcome.reason) }, 'a self-report waits');
        return;
      }
      if (this.#unsent[0] === report) this.#unsent.shift();
    }
  }
}

/** Turns counters that only grow into what was added since the last call. */
export class Deltas {
  readonly #last = new Map<string, number>();

  since(name: string, value: number): number {
    const delta = value - (this.#last.get(name) ?? 0);
    this.#last.set(name, value);
    return delta;
  }
}
