import type { Literal, PathExpression } from './target.js';

/**
 * A path with the variables of a template put in, one after the other. A path that is but a variable
 * becomes its value, and a number if it looks like one.
 */
export function substituted(
  path: string,
  variables: ReadonlyMap<string, Literal> | undefined,
): PathExpression | { type: 'string'; value: string } | NumberValue {
  let result = path;
  for (const [name, literal] of variables ?? []) {
    if (result === `$${name}`) return constant(literal);
    result = result.replaceAll(`$${name}`, () =>
      literal.type === 'number' ? literal.text : literal.value,
    );
  }
  return { type: 'path', path: result };
}

interface NumberValue {
  readonly type: 'number';
  readonly value: number;
  readonly isInteger: boolean;
}

function constant(literal: Literal): { type: 'string'; value: string } | NumberValue {
  if (literal.type === 'number')
    return { type: 'number', value: literal.value, isInteger: /^-?\d+$/.test(literal.text) };
  const { value } = literal;
  if (/^-?\d+(\.\d*)?$|^-?\.\d+$/.test(value))
    return { type: 'number', value: Number(value), isInteger: false };
  return { type: 'string', value };
}
