import {
  type DestinationRules,
  type DestinationSettings,
  rulesOfMethod,
} from '../routing/destinations.js';
import { type AggregationRule, parseAggregationRules } from '../routing/rules/aggregation-rules.js';
import { RouteUsingRules } from '../routing/rules/route-using-rules.js';
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

const NO_RULES: DestinationRules = {
  relay: undefined,
  aggregation: [],
  using: RouteUsingRules.parse(undefined),
};

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

/** A missing file has no rules: every name is hashed as itself. */
const USING: RuleFile<RouteUsingRules> = {
  name: 'route-using.conf',
  parse: RouteUsingRules.parse,
  entries: ({ rules }) => rules.map(({ pattern, using }) => [pattern, using]),
};

/** Errors: as those of `LiveRules`; `relay-rules.conf` has to be there where the method is `rules`. */
export function destinationRouting(
  folder: string,
  read: ReadText,
  { relayMethod, destinations }: DestinationSettings,
): LiveDestinationRouting {
  const files = { folder, read };
  switch (rulesOfMethod(relayMethod)) {
    case 'relay': {
      const live = destinationRules(folder, read, destinations);
      return following(live, () => ({ relay: live.current }));
    }
    case 'aggregation': {
      const live = new LiveRules({
        ...files,
        files: { aggregation: AGGREGATION },
        combine: ({ aggregation }: { aggregation: Aggregation }) => aggregation,
      });
      return following(live, () => ({ aggregation: live.current.rules }));
    }
    case 'using': {
      const live = new LiveRules({
        ...files,
        files: { using: USING },
        combine: ({ using }: { using: RouteUsingRules }) => using,
      });
      return following(live, () => ({ using: live.current }));
    }
    default:
      return following({ warnings: [], check: () => ({ type: 'same' }) }, () => ({}));
  }
}

function following(
  live: { readonly warnings: readonly string[]; check(): RuleCheck },
  current: () => Partial<DestinationRules>,
): LiveDestinationRouting {
  return {
    get current() {
      return { ...NO_RULES, ...current() };
    },
    get warnings() {
      return live.warnings;
    },
    check: () => live.check(),
  };
}
