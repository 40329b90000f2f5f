import { pythonRegex } from '../../config/python-regex.js';
import { allOrErrors, CarbonbusError } from '../../errors.js';
import { ruleLines } from './rule-lines.js';

/*
 * Rules of `aggregation-rules.conf`: `output_template (frequency) = method input_pattern`. Source: carbon 1.1.7,
 * `aggregator/rules.py`.
 */

/** How the values of an interval become one. */
export const AGGREGATION_METHODS = [
  'sum',
  'avg',
  'min',
  'max',
  'p50',
  'p75',
  'p80',
  'p90',
  'p95',
  'p99',
  'p999',
  'count',
] as const;

export type RuleMethod = (typeof AGGREGATION_METHODS)[number];

const WHOLE_NUMBER = /^[+-]?\d+(_\d+)*$/;

/** A part of an output: a text, or the field of the input that stands there. */
type Piece = string | { readonly field: string };

/** One rule: which metrics it takes, and the name of the metric that it makes of each. */
export class AggregationRule {
  readonly inputPattern: string;
  readonly outputTemplate: string;
  readonly method: RuleMethod;
  /** Seconds; Carbon takes any integer. */
  readonly frequencyS: number;
  /** The input as a Python pattern that has to match from the start of a name. */
  readonly pattern: string;
  /** Why no name ever has an output by this rule, though Carbon loads it; undefined for a good rule. */
  readonly outputProblem: string | undefined;
  readonly #regex: RegExp;
  readonly #output: readonly Piece[];

  private constructor(options: {
    inputPattern: string;
    outputTemplate: string;
    method: RuleMethod;
    frequencyS: number;
  }) {
    this.inputPattern = options.inputPattern;
    this.outputTemplate = options.outputTemplate;
    this.method = options.method;
    this.frequencyS = options.frequencyS;
    this.pattern = `${options.inputPattern.split('.').map(partPattern).join('\\.')}$`;
    this.#regex = pythonRegex(this.pattern);
    const output = outputPieces(options.outputTemplate);
    this.#output = typeof output === 'string' ? [] : output;
    this.outputProblem = typeof output === 'string' ? output : this.#missingField();
  }

  /** Errors: `AGGREGATION_RULE_INVALID`, `REGEX_INVALID`. */
  static parse(line: string): AggregationRule {
    const equals = line.indexOf('=');
    const left = words(line.slice(0, Math.max(equals, 0)));
    const right = words(line.slice(equals + 1));
    const refuse = (why: string): CarbonbusError =>
      new CarbonbusError('AGGREGATION_RULE_INVALID', `'${line.trim()}': ${why}`);
    if (equals < 0 || left.length !== 2 || right.length !== 2)
      throw refuse('output_template (frequency) = method input_pattern is needed');
    const frequency = left[1].replace(/^\(+/, '').replace(/\)+$/, '');
    if (!WHOLE_NUMBER.test(frequency)) throw refuse(`${left[1]} is not a number of seconds`);
    const method = AGGREGATION_METHODS.find((known) => known === right[0]);
    if (method === undefined)
      throw refuse(`${right[0]} is none of ${AGGREGATION_METHODS.join(', ')}`);
    return new AggregationRule({
      inputPattern: right[1],
      outputTemplate: left[0],
      method,
      frequencyS: Number(frequency.replaceAll('_', '')),
    });
  }

  /** The metric that a point of `name` goes into; undefined where the rule does not take it. */
  outputOf(name: string): string | undefined {
    if (this.outputProblem !== undefined) return undefined;
    const match = this.#regex.exec(name);
    // What is found first is found leftmost: behind the start nothing counts, as with Python's `match`.
    if (match === null || match.index > 0) return undefined;
    let output = '';
    for (const piece of this.#output)
      output += typeof piece === 'string' ? piece : (match.groups?.[piece.field] ?? 'None');
    return output;
  }

  #missingField(): string | undefined {
    const groups = new RegExp(`${this.#regex.source}|`, this.#regex.flags).exec('')?.groups ?? {};
    const missing = this.#output.find(
      (piece) => typeof piece === 'object' && !(piece.field in groups),
    );
    return typeof missing === 'object'
      ? `the output has a field <${missing.field}> that the input does not have`
      : undefined;
  }
}

/**
 * The rules of a file. A `#` at the start of a line makes it a comment.
 *
 * Errors: `AGGREGATION_RULE_INVALID`, `REGEX_INVALID`, with the line, a line of text for each: as in Carbon, one
 * bad line refuses the file.
 */
export function parseAggregationRules(text: string): AggregationRule[] {
  return allOrErrors(ruleLines(text, 'anywhere'), (line) => {
    try {
      return AggregationRule.parse(line.text);
    } catch (error) {
      if (!(error instanceof CarbonbusError)) throw error;
      throw new CarbonbusError(error.code, `line ${line.number}: ${error.message}`, {
        cause: error,
      });
    }
  });
}

/** One part, between dots, of an input: one field at most, `*`, and Python's syntax. */
function partPattern(part: string): string {
  const wide = field(part, '<<', '>>');
  if (wide !== undefined) return `${wide.before}(?P<${wide.name}>.+?)${wide.after}`;
  const narrow = part.includes('<<') && part.includes('>>') ? undefined : field(part, '<', '>');
  if (narrow !== undefined) return `${narrow.before}(?P<${narrow.name}>[^.]+?)${narrow.after}`;
  return part === '*' ? '[^.]+' : part.replaceAll('*', '[^.]*');
}

function field(
  part: string,
  open: string,
  close: string,
): { before: string; name: string; after: string } | undefined {
  const from = part.indexOf(open);
  const to = part.indexOf(close);
  if (from < 0 || to < from) return undefined;
  return {
    before: part.slice(0, from),
    name: part.slice(from + open.length, to),
    after: part.slice(to + close.length),
  };
}

/**
 * The pieces of an output, or why it gives none. Carbon makes `%(x)s` of `<x>` and formats that as Python does, so a
 * `%` of one's own is a conversion as well, and `<<x>>` the unknown field `%(x)s`.
 */
function outputPieces(template: string): Piece[] | string {
  const format = template.replaceAll('<', '%(').replaceAll('>', ')s');
  const pieces: Piece[] = [];
  for (let at = 0; at < format.length; ) {
    const percent = format.indexOf('%', at);
    if (percent < 0 || percent > at)
      pieces.push(format.slice(at, percent < 0 ? undefined : percent));
    if (percent < 0) break;
    if (format[percent + 1] === '%') {
      pieces.push('%');
      at = percent + 2;
      continue;
    }
    const end = closingParenthesis(format, percent + 1);
    if (end === undefined || format[end + 1] !== 's')
      return `'%' in the output ${template}: only <field> and %% can be filled in`;
    pieces.push({ field: format.slice(percent + 2, end) });
    at = end + 2;
  }
  return pieces;
}

/** Where the parenthesis that opens at `at` is closed; inner ones belong to the name of the field. */
function closingParenthesis(text: string, at: number): number | undefined {
  if (text[at] !== '(') return undefined;
  let depth = 0;
  for (let i = at; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')' && --depth === 0) return i;
  }
  return undefined;
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
