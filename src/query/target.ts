import { BadRequest, quoted } from './bad-request.js';

/** A pattern for metric names: names, globs, braces, tagged names. */
export interface PathExpression {
  readonly type: 'path';
  readonly path: string;
}

/** `name(args, name=arg)`; `x|f(y)` is `f(x,y)`. */
export interface CallExpression {
  readonly type: 'call';
  readonly name: string;
  /** As written, from the name to the closing parenthesis. */
  readonly text: string;
  readonly args: readonly Argument[];
  readonly namedArgs: ReadonlyMap<string, Argument>;
}

/** `template(body, name=value)`: what `$name` stands for in the paths of the body. */
export interface TemplateExpression {
  readonly type: 'template';
  readonly body: Expression;
  /** In the order in which they are put in; those without a name are `1`, `2`, ... */
  readonly variables: ReadonlyMap<string, Literal>;
}

export type Expression = PathExpression | CallExpression | TemplateExpression;

export type Literal =
  /** `text` as written: whether it was an integer shows in the names of series. */
  | { readonly type: 'number'; readonly value: number; readonly text: string }
  /** Without its quotes; escapes stay as they are. */
  | { readonly type: 'string'; readonly value: string };

export type Argument =
  | Expression
  | Literal
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'infinity' }
  | { readonly type: 'none' };

const DEPTH_MAX = 100;
const LENGTH_MAX = 200_000;

const BLANKS = /[ \t\n\r]*/y;
const WORD = /[A-Za-z_]\w*/y;
const ARGUMENT_NAME = /([A-Za-z_]\w*)[ \t\n\r]*=/y;
const CONSTANT = /(true|false|none|inf)(?![\w$])/iy;
const NUMBER = /-?\d+(?:\.\d+)?(?:e-?\d+)?(?=[ \t\n\r]*(?:[,)]|$))/iy;
/** An escape ends where its digits end: with a choice, a text without a closing quote would be tried in all ways. */
const STRING =
  /"(?:[^"\n\r\\]|""|\\(?:[^x]|x[\da-fA-F]+(?![\da-fA-F])))*"|'(?:[^'\n\r\\]|''|\\(?:[^x]|x[\da-fA-F]+(?![\da-fA-F])))*'/sy;
/** One dot-separated part of a path; a backslash makes a symbol a part of a name. */
const PATH_TEXT = String.raw`(?:[^\s(){},.'"\\|\u0000-\u001f\u007f]|\\[(){},.'"\\|=])+`;
const PATH_PART = String.raw`(?:${PATH_TEXT}|\{${PATH_TEXT}(?:,${PATH_TEXT})*\})+`;
const PATH = new RegExp(String.raw`${PATH_PART}(?:\.${PATH_PART})*`, 'y');

/**
 * A target of graphite's render API as graphite-web 1.1 reads it (its `grammar.py`): as far as it makes
 * sense from the start. What follows is ignored, and a call that is not complete is a path.
 *
 * @returns null for a blank target, which asks for nothing
 */
export function parseTarget(text: string): Expression | null | BadRequest {
  if (text.trim() === '') return null;
  if (text.length > LENGTH_MAX)
    return new BadRequest('target', `${quoted(text)} is longer than ${LENGTH_MAX} characters`);
  const parser = new Parser(text);
  const expression = parser.expression();
  if (parser.isTooDeep || (expression !== undefined && isDeep(expression)))
    return new BadRequest('target', `${quoted(text)} is nested too deeply`);
  if (expression !== undefined) return expression;
  return new BadRequest('target', `${quoted(text)} starts neither with a name nor with a function`);
}

/** Whether calls stand in one another too deeply; a pipe of many calls is deep without being so written. */
function isDeep(expression: Expression): boolean {
  const left: [Argument, number][] = [[expression, 0]];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const [argument, depth] = next;
    if (depth > DEPTH_MAX) return true;
    if (argument.type === 'template') left.push([argument.body, depth + 1]);
    if (argument.type !== 'call') continue;
    for (const arg of [...argument.args, ...argument.namedArgs.values()])
      left.push([arg, depth + 1]);
  }
  return false;
}

/** A call of `template` with a body and constants, with names or without; any other is a function's. */
function asTemplate(call: CallExpression): TemplateExpression | undefined {
  const [body, ...values] = call.args;
  if (call.name !== 'template' || (body?.type !== 'path' && body?.type !== 'call'))
    return undefined;
  if (values.length > 0 && call.namedArgs.size > 0) return undefined;
  const variables = new Map<string, Literal>();
  const all = [...call.namedArgs, ...values.map((value, i) => [String(i + 1), value] as const)];
  for (const [name, value] of all) {
    if (value.type !== 'number' && value.type !== 'string') return undefined;
    variables.set(name, value);
  }
  return { type: 'template', body, variables };
}

/** Each method reads one thing at the current place, or stays there and gives undefined. */
class Parser {
  isTooDeep = false;
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** A call or a path, and calls it is piped through. */
  expression(): Expression | undefined {
    this.#take(BLANKS);
    let expression: Expression | undefined = this.#callOrTemplate() ?? this.#path();
    while (expression !== undefined) {
      const start = this.#at;
      const call: CallExpression | undefined = this.#symbol('|') ? this.#call() : undefined;
      if (call === undefined) {
        this.#at = start;
        return expression;
      }
      expression = { ...call, args: [expression, ...call.args] };
    }
    return undefined;
  }

  #callOrTemplate(): Expression | undefined {
    const call = this.#call();
    return call === undefined ? undefined : (asTemplate(call) ?? call);
  }

  #call(): CallExpression | undefined {
    const start = this.#at;
    this.#take(BLANKS);
    const nameStart = this.#at;
    const name = this.#take(WORD)?.[0];
    if (name !== undefined && this.#symbol('(')) {
      this.#depth++;
      if (this.#depth > DEPTH_MAX) this.isTooDeep = true;
      const given = this.isTooDeep ? undefined : this.#arguments();
      this.#depth--;
      if (given !== undefined)
        return { type: 'call', name, text: this.#text.slice(nameStart, this.#at), ...given };
    }
    this.#at = start;
    return undefined;
  }

  /** What is between the parentheses, up to the closing one: named arguments come last, never alone. */
  #arguments(): Pick<CallExpression, 'args' | 'namedArgs'> | undefined {
    const args: Argument[] = [];
    const namedArgs = new Map<string, Argument>();
    if (this.#symbol(')')) return { args, namedArgs };
    do {
      const named = this.#namedArgument();
      if (named !== undefined) {
        if (args.length === 0) return undefined;
        namedArgs.set(...named);
        continue;
      }
      const arg = this.#argument();
      if (arg === undefined || namedArgs.size > 0) return undefined;
      args.push(arg);
    } while (this.#symbol(','));
    return this.#symbol(')') ? { args, namedArgs } : undefined;
  }

  #namedArgument(): [string, Argument] | undefined {
    const start = this.#at;
    this.#take(BLANKS);
    const name = this.#take(ARGUMENT_NAME)?.[1];
    const arg = name === undefined ? undefined : this.#argument();
    if (name !== undefined && arg !== undefined) return [name, arg];
    this.#at = start;
    return undefined;
  }

  #argument(): Argument | undefined {
    this.#take(BLANKS);
    return this.#constant() ?? this.#number() ?? this.#string() ?? this.expression();
  }

  #constant(): Argument | undefined {
    switch (this.#take(CONSTANT)?.[1].toLowerCase()) {
      case 'true':
        return { type: 'boolean', value: true };
      case 'false':
        return { type: 'boolean', value: false };
      case 'none':
        return { type: 'none' };
      case 'inf':
        return { type: 'infinity' };
      default:
        return undefined;
    }
  }

  #number(): Argument | undefined {
    const text = this.#take(NUMBER)?.[0];
    if (text === undefined) return undefined;
    // A whole number has no negative zero in Python.
    const value = /^-0+$/.test(text) ? 0 : Number(text);
    return { type: 'number', value, text };
  }

  #string(): Argument | undefined {
    const text = this.#take(STRING)?.[0];
    return text === undefined ? undefined : { type: 'string', value: text.slice(1, -1) };
  }

  #path(): PathExpression | undefined {
    const path = this.#take(PATH)?.[0];
    if (path === undefined) return undefined;
    return { type: 'path', path: path.replace(/\\(.)/g, '$1') };
  }

  #symbol(symbol: string): boolean {
    const start = this.#at;
    this.#take(BLANKS);
    if (this.#text.startsWith(symbol, this.#at)) {
      this.#at += symbol.length;
      return true;
    }
    this.#at = start;
    return false;
  }

  /** What a sticky expression matches here, which is thereby read. */
  #take(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#at;
    const match = expression.exec(this.#text);
    if (match === null) return undefined;
    this.#at += match[0].length;
    return match;
  }
}
