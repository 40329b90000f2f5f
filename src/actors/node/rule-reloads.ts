import type { LiveRules, RuleCheck } from '../../storage/live-rules.js';
import type { Cancel, Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';

/** Takes edits of the storage files into force while a node runs, and says so, once for each edit. */
export class RuleReloads {
  /** Edits that were refused. */
  errors = 0;
  readonly #rules: LiveRules;
  readonly #log: Logger;
  readonly #cancel: Cancel;

  constructor(options: { rules: LiveRules; clock: Clock; log: Logger; intervalMs: number }) {
    this.#rules = options.rules;
    this.#log = options.log;
    this.#cancel = options.clock.every(options.intervalMs, () => this.check());
  }

  /** Looks at the files now. */
  check(): RuleCheck {
    const check = this.#rules.check();
    if (check.type === 'changed') {
      this.#log.info(check.changes, 'the storage rules were edited; new files follow them');
      for (const warning of check.warnings) this.#log.warn({ warning }, 'a section is skipped');
    } else if (check.type === 'broken' && check.isNew) {
      this.errors++;
      this.#log.error({ reason: check.reason }, 'the storage rules stay as they were');
    }
    return check;
  }

  stop(): void {
    this.#cancel();
  }
}
