import type { DestinationRules, DestinationSettings } from '../routing/destinations.js';
import { type AggregationRule, parseAggregationRules } from '../routing/rules/aggregation-rules.js';
import { LiveRules, type ReadText, type RuleCheck, type RuleFile } from './live-rules.js';
import { destinationRules } from './relay-rule-files.js';

/** The rules that RELAY_METHOD follows, as they are now. */
export interface LiveDestinationRouting {
  readonly current: DestinationRules;
  readonly warnings: readonly string[];
  check(): RuleCheck;
}

interface Aggregation {
  readonly rules: readonly AggregationRule[];
}

/** A missing file has no rules: every name goes where it goes by itself. */
const AGGREGATION: RuleFile<Aggregation> = {
  name: 'aggregation-rules.conf',
  parse: (text) => ({ rules: parseAggregationRules(text ?? ''), warnings: [] }),
  entries: ({ rules }) =>
    rules.map(({ inputPattern, outputTemplate, method, frequencyS }) => [
      outputTemplate,
      `${inputPattern} ${method} ${frequencyS}`,
    ]),
};

/** Errors: as those of `LiveRules`; `relay-rules.conf` has to be there where the method is `rules`. */
export function destinationRouting(
  folder: string,
  read: ReadText,
  { relayMethod, destinations }: DestinationSettings,
): LiveDestinationRouting {
  if (relayMethod === 'rules') {
    const live = destinationRules(folder, read, destinations);
    return following(live, () => ({ relay: live.current, aggregation: [] }));
  }
  if (relayMethod.includes('aggregated')) {
    const live = new LiveRules<{ aggregation: Aggregation }, Aggregation>({
      folder,
      read,
      files: { aggregation: AGGREGATION },
      combine: ({ aggregation }) => aggregation,
    });
    return following(live, () => ({ relay: undefined, aggregation: live.current.rules }));
  }
  const none = { relay: undefined, aggregation: [] };
  return following({ warnings: [], check: () => ({ type: 'same' }) }, () => none);
}

function following(
  live: { readonly warnings: readonly string[]; check(): RuleCheck },
  current: () => DestinationRules,
): LiveDestinationRouting {
  return {
    get current() {
      return current();
    },
    get warnings() {
      return live.warnings;
    },
    check: () => live.check(),
  };
}
