import type { Destination } from '../config/destination.js';
import { NameList } from '../routing/rules/name-lists.js';
import type { RelayRuleSet } from '../routing/rules/name-rules.js';
import { Quotas } from '../routing/rules/quotas.js';
import { RelayRules } from '../routing/rules/relay-rules.js';
import { RewriteRules } from '../routing/rules/rewrite-rules.js';
import { LiveRules, type ReadText, type RuleFile } from './live-rules.js';

/** `blacklist.conf`, `whitelist.conf`, `rewrite-rules.conf` and `quotas.conf`; a missing one has no rules. */
export type LiveRelayRules = LiveRules<RelayRuleSet, RelayRuleSet>;

/** `relay-rules.conf`: which legacy destinations a metric goes to. */
export type LiveDestinationRules = LiveRules<{ readonly relay: RelayRules }, RelayRules>;

const REWRITE: RuleFile<RewriteRules> = {
  name: 'rewrite-rules.conf',
  parse: RewriteRules.parse,
  entries: (rules) =>
    (['pre', 'post'] as const).flatMap((stage) =>
      rules[stage].map(({ pattern, replacement }): [string, string] => [
        `[${stage}] ${pattern}`,
        replacement,
      ]),
    ),
};

const QUOTAS: RuleFile<Quotas> = {
  name: 'quotas.conf',
  parse: Quotas.parse,
  entries: ({ quotas }) => quotas.map((quota) => [quota.name, Object.values(quota).join('\n')]),
};

const RELAY: Omit<RuleFile<RelayRules>, 'parse'> = {
  name: 'relay-rules.conf',
  entries: ({ rules }) => rules.map((rule) => [rule.name, JSON.stringify(rule)]),
};

function list(name: string, isUsed: boolean): RuleFile<NameList> {
  return {
    name,
    parse: (text) => NameList.parse(isUsed ? text : undefined),
    entries: ({ patterns }) => patterns.map((pattern) => [pattern, pattern]),
  };
}

/**
 * Errors: as those of `LiveRules`.
 *
 * @param useLists Carbon's USE_WHITELIST, which is for both lists
 */
export function relayRules(folder: string, read: ReadText, useLists: boolean): LiveRelayRules {
  return new LiveRules({
    folder,
    read,
    files: {
      blacklist: list('blacklist.conf', useLists),
      whitelist: list('whitelist.conf', useLists),
      rewrite: REWRITE,
      quotas: QUOTAS,
    },
    combine: (rules: RelayRuleSet) => rules,
  });
}

/**
 * Errors: as those of `LiveRules`; the file has to be there.
 *
 * @param configured DESTINATIONS: a rule that names others is warned of, as points that match it are not sent there
 */
export function destinationRules(
  folder: string,
  read: ReadText,
  configured: readonly Destination[],
): LiveDestinationRules {
  return new LiveRules({
    folder,
    read,
    files: { relay: { ...RELAY, parse: (text) => RelayRules.parse(text, configured) } },
    combine: ({ relay }: { readonly relay: RelayRules }) => relay,
  });
}
