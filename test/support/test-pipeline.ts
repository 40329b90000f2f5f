import { Pipeline, type PipelineOptions } from '../../src/actors/relay/pipeline.js';
import type { RejectionSink } from '../../src/protocols/rejection.js';
import { NameList } from '../../src/routing/rules/name-lists.js';
import type { RelayRuleSet } from '../../src/routing/rules/name-rules.js';
import { Quotas } from '../../src/routing/rules/quotas.js';
import { RewriteRules } from '../../src/routing/rules/rewrite-rules.js';
import { SimulatedClock } from './simulated-clock.js';

/** The rule files of a relay as texts. */
export interface RuleTexts {
  blacklist?: string;
  whitelist?: string;
  rewrite?: string;
  quotas?: string;
}

export function ruleSet(texts: RuleTexts = {}): RelayRuleSet {
  return {
    blacklist: NameList.parse(texts.blacklist),
    whitelist: NameList.parse(texts.whitelist),
    rewrite: RewriteRules.parse(texts.rewrite),
    quotas: Quotas.parse(texts.quotas),
  };
}

/** A pipeline with nothing to do, but for what is given. */
export function testPipeline(
  rejections: RejectionSink,
  given: Partial<PipelineOptions> = {},
): Pipeline {
  return new Pipeline({
    rules: { current: ruleSet() },
    times: {
      resolutionS: 0,
      ageMaxS: Number.POSITIVE_INFINITY,
      futureMaxS: Number.POSITIVE_INFINITY,
    },
    rejections,
    clock: new SimulatedClock(),
    ...given,
  });
}
