import { pythonRegex } from '../config/python-regex.js';
import { errorText } from '../errors.js';

/** A condition on a tag, as in graphite's `seriesByTag`; a series without the tag has the empty value. */
export interface TagExpression {
  readonly tag: string;
  /** The value of `tag=value`; undefined for every other form. */
  readonly exactly: string | undefined;
  readonly matches: (value: string) => boolean;
}

/** An expression that is refused; the reason is meant for the one who asked. */
export class TagRefusal {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** Graphite's form: a tag without `;`, `!` and `=`, one of four operators, a value without `;`. */
const EXPRESSION = /^([^;!=]+)(!?=~?)([^;]*)$/;
/** More conditions than anybody writes, and few enough to test. */
const EXPRESSIONS_MAX = 100;

/** Reads `tag=value`, `tag!=value`, `tag=~regex` or `tag!=~regex`; a regex is Python's, anchored at its start. */
export function parseTagExpression(text: string): TagExpression | TagRefusal {
  const [, tag, operator, value] = EXPRESSION.exec(text) ?? [];
  if (tag === undefined) return new TagRefusal(`Invalid tagspec ${text}`);
  const isWanted = !operator.startsWith('!');
  if (!operator.endsWith('~')) {
    const exactly = isWanted ? value : undefined;
    return { tag, exactly, matches: (found) => (found === value) === isWanted };
  }
  const regex = anchoredRegex(value);
  if (regex instanceof TagRefusal) return regex;
  return { tag, exactly: undefined, matches: (found) => regex.test(found) === isWanted };
}

/**
 * Conditions that hold all together. As in graphite one of them must not hold for the empty value: otherwise it would be a
 * question for nearly all series.
 */
export function parseTagExpressions(texts: readonly string[]): TagExpression[] | TagRefusal {
  if (texts.length > EXPRESSIONS_MAX) {
    return new TagRefusal(`${texts.length} tag expressions are more than ${EXPRESSIONS_MAX}`);
  }
  const expressions: TagExpression[] = [];
  for (const text of texts) {
    const expression = parseTagExpression(text);
    if (expression instanceof TagRefusal) return expression;
    expressions.push(expression);
  }
  if (texts.length > 0 && expressions.every(({ matches }) => matches(''))) {
    return new TagRefusal('At least one tagspec must not match the empty string');
  }
  return expressions;
}

/** A Python pattern that has to match from the start of a text. */
export function anchoredRegex(pattern: string): RegExp | TagRefusal {
  try {
    return pythonRegex(`^(?:${pattern})`);
  } catch (error) {
    return new TagRefusal(`${pattern} is no regular expression: ${errorText(error)}`);
  }
}
