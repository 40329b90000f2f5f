import { placedLine, placedLines } from '../../config/placed-lines.js';
import type { Settings } from '../../config/settings.js';
import { errorCode, errorText } from '../../errors.js';
import { parseAggregationRules } from '../../routing/rules/aggregation-rules.js';
import { NameList } from '../../routing/rules/name-lists.js';
import { Quotas } from '../../routing/rules/quotas.js';
import { RelayRules } from '../../routing/rules/relay-rules.js';
import { RewriteRules } from '../../routing/rules/rewrite-rules.js';
import { RouteUsingRules } from '../../routing/rules/route-using-rules.js';
import { ruleLines } from '../../routing/rules/rule-lines.js';
import { parseTokenFile } from '../../storage/read-token-file.js';
import { StorageAggregation, StorageSchemas } from '../../storage/schemas.js';
import type { Outside } from '../configuration.js';

/** What is to be said about files; each line names file and line. */
export interface FileReview {
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/** A file beside carbon.conf, and what reads it: it gives warnings, or throws; lines begin with `line 3`. */
interface RuleFile {
  readonly name: string;
  readonly warningsOf: (text: string) => readonly string[];
  /** Present for a file that is needed: where a missing one is said, and who needs it. */
  readonly missing?: { as: 'error' | 'warning'; text: string };
}

/** Every file of rules that processes with these settings read. */
function ruleFiles(settings: readonly Settings[]): RuleFile[] {
  const listWarnings = (text: string): string[] => {
    const list = NameList.parse(text);
    const isIdle =
      settings.length > 0 && !settings.some(({ relay }) => relay.useWhitelist) && !list.isEmpty;
    return [...list.warnings, ...(isIdle ? ['has no effect, as USE_WHITELIST is False'] : [])];
  };
  return [
    {
      name: 'storage-schemas.conf',
      warningsOf: (text) => StorageSchemas.parse(text).warnings,
      missing: { as: 'error', text: 'no such file; carbonbus needs it to make whisper files' },
    },
    {
      name: 'storage-aggregation.conf',
      warningsOf: (text) => StorageAggregation.parse(text).warnings,
    },
    relayRulesFile(settings),
    { name: 'rewrite-rules.conf', warningsOf: (text) => RewriteRules.parse(text).warnings },
    { name: 'whitelist.conf', warningsOf: listWarnings },
    { name: 'blacklist.conf', warningsOf: listWarnings },
    { name: 'route-using.conf', warningsOf: (text) => RouteUsingRules.parse(text).warnings },
    { name: 'quotas.conf', warningsOf: (text) => Quotas.parse(text).warnings },
    { name: 'read-tokens.conf', warningsOf: (text) => [...parseTokenFile(text).warnings] },
    {
      name: 'aggregation-rules.conf',
      warningsOf: (text) => parseAggregationRules(text).flatMap((rule) => rule.outputProblem ?? []),
    },
  ];
}

/** Only a forwarder reads it, and only for one RELAY_METHOD. */
function relayRulesFile(settings: readonly Settings[]): RuleFile {
  const name = 'relay-rules.conf';
  const destinations = settings.flatMap(({ relay }) =>
    relay.relayMethod === 'rules' ? relay.destinations : [],
  );
  if (destinations.length === 0)
    return { name, warningsOf: (text) => RelayRules.parse(text).warnings };
  return {
    name,
    warningsOf: (text) => RelayRules.parse(text, destinations).warnings,
    missing: {
      as: 'warning',
      text: 'no such file; a forwarder needs it for RELAY_METHOD = rules, and does not start without',
    },
  };
}

/** Reads every file of rules that is there. */
export function reviewRuleFiles(
  { read }: Outside,
  folder: string,
  settings: readonly Settings[],
): FileReview {
  const errors: string[] = [];
  const warnings: string[] = [];
  for (const { name, warningsOf, missing } of ruleFiles(settings)) {
    const path = `${folder}/${name}`;
    try {
      const text = read(path);
      if (text !== undefined && saysSomething(text))
        warnings.push(...warningsOf(text).map((line) => placedLine(path, line)));
      else if (text === undefined && missing !== undefined)
        (missing.as === 'error' ? errors : warnings).push(`${path}: ${missing.text}`);
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      errors.push(...placedLines(path, errorText(error)));
    }
  }
  return { errors, warnings };
}

/** Whether there is more than comments: a file as it is shipped is no mistake. */
function saysSomething(text: string): boolean {
  return ruleLines(text, 'anywhere').length > 0;
}
