import { expect } from 'chai';
import type { Destination } from '../../src/config/destination.js';
import { CarbonbusError } from '../../src/errors.js';
import { destinationsOfName } from '../../src/routing/rings/name-router.js';
import { listRejection, NameList } from '../../src/routing/rules/name-lists.js';
import { RelayRules, RelayRulesRouter } from '../../src/routing/rules/relay-rules.js';
import { RewriteRules } from '../../src/routing/rules/rewrite-rules.js';
import { conformance } from '../support/conformance.js';

type Rewritten = string | { exception: string };

interface RewriteRow {
  text: string;
  rules: Record<string, [pattern: string, replacement: string][]>;
  results: { metric: string; pre: Rewritten; post: Rewritten }[];
}

conformance<RewriteRow>('rules/rewrite.jsonl', (row) => {
  const rules = RewriteRules.parse(row.text);
  for (const { metric, pre, post } of row.results) {
    for (const [stage, expected] of [
      ['pre', pre],
      ['post', post],
    ] as const) {
      // Where the original raises for every point, the rule is named and left out.
      if (typeof expected === 'string')
        expect(rules.apply(stage, metric), metric).to.equal(expected);
      else expect(rules.warnings.join()).to.match(/line \d+: skipped/);
    }
  }
  // So are they where no name of the row comes to the rule.
  if (rules.warnings.some((warning) => warning.includes('replacement'))) return;
  for (const stage of ['pre', 'post'] as const)
    expect(rules[stage].map(({ pattern, replacement }) => [pattern, replacement])).to.deep.equal(
      row.rules[stage] ?? [],
    );
});

interface ListsRow {
  blacklist: string | null;
  whitelist: string | null;
  metrics: string[];
  accepted: string[];
  blacklistMatches: number;
  whitelistRejects: number;
}

conformance<ListsRow>('rules/blacklist_whitelist.jsonl', (row) => {
  const blacklist = NameList.parse(row.blacklist ?? undefined);
  const whitelist = NameList.parse(row.whitelist ?? undefined);
  const verdicts = row.metrics.map((name) => listRejection(name, blacklist, whitelist));
  const count = (reason: string) => verdicts.filter((verdict) => verdict === reason).length;
  expect(row.metrics.filter((_, i) => verdicts[i] === undefined)).to.deep.equal(row.accepted);
  expect(count('blacklisted')).to.equal(row.blacklistMatches);
  expect(count('not-whitelisted')).to.equal(row.whitelistRejects);
});

type DestinationTriple = [host: string, port: number, instance: string | null];

interface RelayRulesRow {
  text: string;
  error?: { class: string };
  rules: { destinations: DestinationTriple[]; continue_matching: boolean }[];
  configured_destinations: DestinationTriple[];
  routes: { metric: string; destinations: DestinationTriple[] }[];
}

const triple = ({ host, port, instance }: Destination): DestinationTriple => [host, port, instance];

conformance<RelayRulesRow>('rules/relay_rules.jsonl', (row) => {
  if (row.error) {
    expect(() => RelayRules.parse(row.text)).to.throw(CarbonbusError);
    return;
  }
  const rules = RelayRules.parse(row.text);
  expect(
    rules.rules.map(({ destinations, continues }) => ({
      destinations: destinations.map(triple),
      continue_matching: continues,
    })),
  ).to.deep.equal(row.rules);
  const configured = row.configured_destinations.map(([host, port, instance]) => ({
    host,
    port,
    instance,
  }));
  const router = new RelayRulesRouter(rules, configured);
  for (const { metric, destinations } of row.routes)
    expect(
      destinationsOfName(router, metric).map((index) => row.configured_destinations[index]),
      metric,
    ).to.deep.equal(destinations);
});
