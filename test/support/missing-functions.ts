import { BadRequest } from '../../src/query/bad-request.js';
import { FUNCTIONS } from '../../src/query/functions/registry.js';
import { type Argument, parseTarget } from '../../src/query/target.js';
import { hasVectors, readVectors } from './conformance.js';

const FUNCTION_TABLE = 'render/functions.json';

/** The functions that the table lists and the registry does not. */
const missing: ReadonlySet<string> = hasVectors(FUNCTION_TABLE)
  ? new Set(
      readVectors<{ name: string }[]>(FUNCTION_TABLE)
        .map(({ name }) => name)
        .filter((name) => !FUNCTIONS.has(name)),
    )
  : new Set();

/** Whether a request calls a function that there is not yet: its row of the vectors has to wait. */
export function callsMissingFunction(params: readonly (readonly [string, string])[]): boolean {
  return params
    .filter(([name]) => name.startsWith('target'))
    .map(([, text]) => parseTarget(text))
    .some(
      (target) =>
        target !== null &&
        !(target instanceof BadRequest) &&
        calledIn(target).some((name) => missing.has(name)),
    );
}

function calledIn(argument: Argument): string[] {
  if (argument.type === 'template') return calledIn(argument.body);
  if (argument.type !== 'call') return [];
  return [argument.name, ...[...argument.args, ...argument.namedArgs.values()].flatMap(calledIn)];
}
