import { normaliseName } from '../../protocols/tags.js';
import type { NameCleansing } from './name-cleansing.js';
import { type ListRejection, listRejection, type NameList } from './name-lists.js';
import type { Quotas } from './quotas.js';
import type { RewriteRules } from './rewrite-rules.js';

/** The rule files of a relay. */
export interface RelayRuleSet {
  readonly blacklist: NameList;
  readonly whitelist: NameList;
  readonly rewrite: RewriteRules;
  readonly quotas: Quotas;
}

/** What became of a name, step by step, in the order of the steps. */
export interface NameSteps {
  readonly received: string;
  /** As `received` where names are not cleansed. */
  readonly cleansed: string;
  /** Rewritten by `[pre]`, then by `[post]`. */
  readonly rewrittenBefore: string;
  readonly rewrittenAfter: string;
  /** With its tags in order: the name that is hashed and stored. */
  readonly stored: string;
  /** Why the name is kept out; the steps behind that are as if it were not. */
  readonly rejected: NameRejection | undefined;
  /** Index of the quota that it counts for; -1 for none. */
  readonly quota: number;
}

export type NameRejection = ListRejection | 'empty-name';

/**
 * What a relay's rules make of names, in Carbon's order: cleansing, lists (which see the name as it came), rewriting
 * before and behind the aggregation, tags.
 */
export class NameRules {
  readonly #rules: RelayRuleSet;
  readonly #cleansing: NameCleansing | undefined;

  constructor(rules: RelayRuleSet, cleansing?: NameCleansing) {
    this.#rules = rules;
    this.#cleansing = cleansing;
  }

  /** Whether there is nothing to do but to put tags in order. */
  get isEmpty(): boolean {
    const { blacklist, whitelist, rewrite, quotas } = this.#rules;
    return (
      this.#cleansing === undefined &&
      blacklist.isEmpty &&
      whitelist.isEmpty &&
      rewrite.isEmpty &&
      quotas.quotas.length === 0
    );
  }

  /** For each distinct name once: it matches patterns. */
  stepsOf(received: string): NameSteps {
    const { blacklist, whitelist, rewrite, quotas } = this.#rules;
    const cleansed = this.#cleansed(received);
    const rewrittenBefore = rewrite.apply('pre', cleansed);
    const rewrittenAfter = rewrite.apply('post', rewrittenBefore);
    const stored = normaliseName(rewrittenAfter);
    const isLost = stored === '' && received !== '';
    return {
      received,
      cleansed,
      rewrittenBefore,
      rewrittenAfter,
      stored,
      rejected:
        listRejection(cleansed, blacklist, whitelist) ?? (isLost ? 'empty-name' : undefined),
      quota: quotas.indexOf(stored),
    };
  }

  #cleansed(name: string): string {
    if (this.#cleansing === undefined) return name;
    const bytes = Buffer.from(name);
    return bytes.toString('utf8', 0, this.#cleansing.cleanse(bytes, 0, bytes.length));
  }
}
