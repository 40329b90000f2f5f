import { quoted } from '../bad-request.js';
import { refuse } from '../evaluation-refusal.js';
import type { FunctionDeclaration } from './declaration.js';
import { defaultOf, type Parameter } from './parameter.js';

/** What is given for each parameter, by its name. */
export type Bound<T> = ReadonlyMap<string, readonly T[]>;

/**
 * Gives each argument its parameter, as Python does: those without a keyword in order, the others by
 * keyword. Refuses too many arguments, unknown keywords, and missing arguments without which the function
 * cannot be called.
 */
export function bindArguments<T>(
  called: string,
  { params }: FunctionDeclaration,
  args: readonly T[],
  namedArgs: ReadonlyMap<string, T>,
): Bound<T> {
  const bound = new Map<string, T[]>();
  for (const [i, arg] of args.entries()) {
    const parameter = i < params.length ? params[i] : params.at(-1);
    if (parameter === undefined || (i >= params.length && !parameter.multiple))
      refuse(`${called} takes ${params.length} arguments and got ${args.length}`);
    const given = bound.get(parameter.name);
    if (given === undefined) bound.set(parameter.name, [arg]);
    else given.push(arg);
  }
  for (const [keyword, arg] of namedArgs) {
    const parameter = params.find((one) => (one.keyword ?? one.name) === keyword);
    if (parameter === undefined || parameter.multiple)
      return refuse(`${called} has no argument ${quoted(keyword)}: ${signature(called, params)}`);
    if (bound.has(parameter.name)) return refuse(`${called} got ${quoted(keyword)} twice`);
    bound.set(parameter.name, [arg]);
  }
  for (const parameter of params) {
    if (bound.has(parameter.name) || !isNecessary(parameter)) continue;
    return refuse(
      `${called}: the argument ${parameter.name} is missing: ${signature(called, params)}`,
    );
  }
  return bound;
}

function isNecessary({ required, multiple, silentDefault }: Parameter): boolean {
  return required === true && !multiple && silentDefault === undefined;
}

/** How the function is called, in the way of Python: `summarize(seriesList, intervalString, func='sum')`. */
export function signature(name: string, params: readonly Parameter[]): string {
  return `${name}(${params.map(parameterText).join(', ')})`;
}

function parameterText(parameter: Parameter): string {
  const name = parameter.keyword ?? parameter.name;
  if (parameter.multiple) return `*${name}`;
  if (isNecessary(parameter)) return name;
  const constant = defaultOf(parameter);
  switch (typeof constant) {
    case 'string':
      return `${name}='${constant}'`;
    case 'boolean':
      return `${name}=${constant ? 'True' : 'False'}`;
    case 'number':
      return `${name}=${constant === Number.POSITIVE_INFINITY ? 'inf' : constant}`;
    default:
      return `${name}=None`;
  }
}
