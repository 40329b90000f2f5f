import type { Kind } from '../kinds.js';

/** One setting: its name in `carbon.conf`, what it may be, what it is when nobody says, and why it is there. */
export interface Setting<T> {
  readonly key: string;
  readonly kind: Kind<T>;
  /** As it would stand in the file. */
  readonly initial: string;
  /** One sentence. */
  readonly help: string;
}

export function setting<T>(key: string, kind: Kind<T>, initial: string, help: string): Setting<T> {
  return { key, kind, initial, help };
}
