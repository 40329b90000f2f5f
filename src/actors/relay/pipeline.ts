import type { PointBlock } from '../../protocols/points.js';
import type { RejectionSink } from '../../protocols/rejection.js';
import { normaliseNames } from '../../protocols/tags-block.js';
import type { NameCleansing } from '../../routing/rules/name-cleansing.js';
import { NameRules, type RelayRuleSet } from '../../routing/rules/name-rules.js';
import { applyTimeRules, changesNothing, type TimeRules } from '../../routing/rules/time-rules.js';
import type { Clock } from '../ports/clock.js';
import { NameStage } from './name-stage.js';

export interface PipelineOptions {
  /** The rule files as they are now: another object after each change. */
  readonly rules: { readonly current: RelayRuleSet };
  /** Absent where names are left as they come. */
  readonly cleansing?: NameCleansing;
  readonly times: TimeRules;
  readonly rejections: RejectionSink;
  readonly clock: Clock;
}

/**
 * What happens to points between a receiver and the shards, in this order: limits on their times; for their names
 * cleansing, lists, rewriting and tags; quotas. Rule files without content cost nothing.
 */
export class Pipeline {
  readonly #options: PipelineOptions;
  readonly #hasTimeRules: boolean;
  #rules: RelayRuleSet | undefined;
  /** Absent while there is nothing to do with names but to put their tags in order. */
  #names: NameStage | undefined;

  constructor(options: PipelineOptions) {
    this.#options = options;
    this.#hasTimeRules = !changesNothing(options.times);
  }

  /** Leaves in the block the points to store, under the names to store. Others end at the rejections. */
  process(block: PointBlock): void {
    const { rules, times, rejections, clock } = this.#options;
    if (rules.current !== this.#rules) this.#adopt(rules.current);
    if (this.#hasTimeRules) applyTimeRules(block, times, clock.nowMs() / 1000, rejections);
    if (this.#names === undefined) normaliseNames(block);
    else this.#names.apply(block, clock.monotonicMs());
  }

  #adopt(rules: RelayRuleSet): void {
    const { cleansing, rejections, clock } = this.#options;
    const names = new NameRules(rules, cleansing);
    this.#rules = rules;
    this.#names = names.isEmpty
      ? undefined
      : new NameStage(names, rules.quotas.quotas, rejections, clock.monotonicMs());
  }
}
