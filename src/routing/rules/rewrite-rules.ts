import { type Substitution, substitution } from '../../config/python-replacement.js';
import { CarbonbusError, errorText } from '../../errors.js';
import { ruleLines } from './rule-lines.js';
import { rulePattern } from './rule-pattern.js';

/** `pattern = replacement`, with Python's meaning of both. */
export interface RewriteRule {
  readonly pattern: string;
  readonly replacement: string;
  readonly apply: Substitution;
}

/** Before and behind the aggregation. */
export type RewriteStage = 'pre' | 'post';

/**
 * `rewrite-rules.conf`: in the sections `[pre]` and `[post]`, rules that replace every match in a name, one after the
 * other. A line that cannot be a rule is skipped, and a section that is opened again starts anew (`[]` empties
 * all), as in carbon (1.1.7, `rewrite.py`). There a rule whose replacement names a group that is not there loses every point; here it is skipped.
 */
export class RewriteRules {
  readonly pre: readonly RewriteRule[];
  readonly post: readonly RewriteRule[];
  /** One for each line that is skipped, or may be slow. */
  readonly warnings: readonly string[];

  private constructor(sections: ReadonlyMap<string, RewriteRule[]>, warnings: string[]) {
    this.pre = sections.get('pre') ?? [];
    this.post = sections.get('post') ?? [];
    this.warnings = warnings;
  }

  /** @param text of the file; undefined when there is none: no rules */
  static parse(text: string | undefined): RewriteRules {
    const sections = new Map<string, RewriteRule[]>();
    const warnings: string[] = [];
    let section = '';
    for (const line of ruleLines(text ?? '', 'anywhere')) {
      const heading = /^\[(.*)\]$/s.exec(line.text);
      if (heading !== null) {
        section = heading[1].toLowerCase();
        if (section === '') sections.clear();
        sections.set(section, []);
        if (section !== 'pre' && section !== 'post')
          warnings.push(`line ${line.number}: the rules of [${heading[1]}] are never applied`);
        continue;
      }
      const rule = ruleOf(line.text, (why) => warnings.push(`line ${line.number}: ${why}`));
      if (rule === undefined) continue;
      if (section === '')
        warnings.push(`line ${line.number}: a rule before [pre] is never applied`);
      sections.get(section)?.push(rule);
    }
    return new RewriteRules(sections, warnings);
  }

  get isEmpty(): boolean {
    return this.pre.length + this.post.length === 0;
  }

  apply(stage: RewriteStage, name: string): string {
    let rewritten = name;
    for (const rule of this[stage]) rewritten = rule.apply(rewritten);
    return rewritten;
  }
}

function ruleOf(text: string, warn: (why: string) => void): RewriteRule | undefined {
  const equals = text.indexOf('=');
  if (equals < 0) {
    warn(`skipped: '${text}' is neither [section] nor pattern = replacement`);
    return undefined;
  }
  const pattern = text.slice(0, equals).trim();
  const replacement = text.slice(equals + 1).trim();
  try {
    const { regex, warning } = rulePattern(pattern, { global: true });
    if (warning !== undefined) warn(warning);
    return { pattern, replacement, apply: substitution(regex, replacement) };
  } catch (error) {
    if (!(error instanceof CarbonbusError)) throw error;
    warn(`skipped: ${errorText(error)}`);
    return undefined;
  }
}
