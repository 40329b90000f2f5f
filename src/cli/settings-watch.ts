import type { Cancel, Clock } from '../actors/ports/clock.js';
import type { Logger } from '../actors/ports/logger.js';
import type { EffectiveSetting, LoadedSettings } from '../config/settings.js';

/** Tells of edits of `carbon.conf` under a running process, which count at its next start. Once for each edit. */
export class SettingsWatch {
  readonly #read: () => string | undefined;
  readonly #load: () => LoadedSettings;
  readonly #log: Logger;
  readonly #sections: readonly string[];
  readonly #cancel: Cancel;
  /** What this process runs with, by section and key. */
  readonly #inForce: ReadonlyMap<string, string>;
  /** The text that was looked at last. */
  #seen: string | undefined;
  #told = '';

  /**
   * @param read the text of the file, which is a hundred times less work than to load the settings that it says
   * @param load the settings as they would be at a start; what it gives first is in force
   * @param sections those that this process reads
   */
  constructor(options: {
    read: () => string | undefined;
    load: () => LoadedSettings;
    sections: readonly string[];
    clock: Clock;
    log: Logger;
    intervalMs: number;
  }) {
    this.#read = options.read;
    this.#load = options.load;
    this.#log = options.log;
    this.#sections = options.sections;
    this.#look();
    const first = options.load();
    this.#inForce = this.#texts('effective' in first ? first.effective : []);
    this.#cancel = options.clock.every(options.intervalMs, () => this.check());
  }

  /** Looks at the file now. */
  check(): void {
    if (this.#look()) return;
    const loaded = this.#load();
    if ('errors' in loaded) {
      this.#tell(loaded.errors.join('\n'), () =>
        this.#log.error(
          { errors: loaded.errors },
          'carbon.conf was edited and has errors: this process goes on as it is, but would not start again',
        ),
      );
      return;
    }
    const now = this.#texts(loaded.effective);
    const changed = [...now].flatMap(([key, text]) => (this.#inForce.get(key) === text ? [] : key));
    this.#tell(changed.map((key) => `${key} = ${now.get(key)}`).join('\n'), () => {
      if (changed.length > 0)
        this.#log.warn({ changed }, 'carbon.conf was edited: restart this process for it to count');
      else this.#log.info({}, 'carbon.conf says again what this process runs with');
    });
  }

  stop(): void {
    this.#cancel();
  }

  /** Reads the file; returns whether it is as it was the last time. */
  #look(): boolean {
    const before = this.#seen;
    try {
      this.#seen = this.#read();
      return this.#seen === before;
    } catch {
      // Whoever loads the settings says why it cannot be read.
      this.#seen = undefined;
      return false;
    }
  }

  /** @param found what was found, the same text while it is the same */
  #tell(found: string, say: () => void): void {
    if (found === this.#told) return;
    this.#told = found;
    say();
  }

  #texts(settings: readonly EffectiveSetting[]): Map<string, string> {
    return new Map(
      settings
        .filter(({ section }) => this.#sections.includes(section))
        .map(({ section, key, text }) => [`[${section}] ${key}`, text]),
    );
  }
}
