/** A line of a rule file that says something. */
export interface RuleLine {
  /** From 1. */
  readonly number: number;
  /** Without the blanks around it. */
  readonly text: string;
}

/**
 * The lines of a file that are neither empty nor comments, which begin with `#`.
 *
 * @param comments whether blanks may stand before the `#`; Carbon's files differ in that
 */
export function ruleLines(text: string, comments: 'anywhere' | 'in-first-column'): RuleLine[] {
  return text.split(/\r\n|\r|\n/).flatMap((line, i) => {
    const content = line.trim();
    const isComment = (comments === 'anywhere' ? content : line).startsWith('#');
    return content === '' || isComment ? [] : [{ number: i + 1, text: content }];
  });
}
