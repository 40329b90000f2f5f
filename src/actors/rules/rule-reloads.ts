import type { RuleCheck } from '../../storage/live-rules.js';
import type { Cancel, Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';

/** Takes edits of rule files into force while a process runs, and says so, once for each edit. */
export class RuleReloads {
  /** Edits that were refused. */
  errors = 0;
  readonly #what: string;
  readonly #rules: { check(): RuleCheck };
  readonly #log: Logger;
  readonly #cancel: Cancel;

  /** @param what the rules are called in the log, such as `the storage rules` */
  constructor(options: {
    what: string;
    rules: { check(): RuleCheck };
    clock: Clock;
    log: Logger;
    intervalMs: number;
  }) {
    this.#what = options.what;
    this.#rules = options.rules;
    this.#log = options.log;
    this.#cancel = options.clock.every(options.intervalMs, () => this.check());
  }

  /** Looks at the files now. */
  check(): RuleCheck {
    const check = this.#rules.check();
    if (check.type === 'changed') {
      this.#log.info(check.changes, `${this.#what} were edited, and are in force`);
      for (const warning of check.warnings) this.#log.warn({ warning }, 'a rule is doubtful');
    } else if (check.type === 'broken' && check.isNew) {
      this.errors++;
      this.#log.error({ reason: check.reason }, `${this.#what} stay as they were`);
    }
    return check;
  }

  stop(): void {
    this.#cancel();
  }
}
