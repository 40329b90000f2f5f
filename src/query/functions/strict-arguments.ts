import { aggregation } from '../aggregation.js';
import { BadRequest } from '../bad-request.js';
import { refuse } from '../evaluation-refusal.js';
import { parseOffset } from '../time-offset.js';
import { described } from './arguments.js';
import type { Parameter, ParameterType } from './parameter.js';
import type { Value } from './value.js';

/**
 * Refuses what graphite-web refuses with `ENFORCE_INPUT_VALIDATION`: required arguments that are missing,
 * and values of another type than the parameter's.
 */
export function checkStrictly(
  name: string,
  params: readonly Parameter[],
  values: ReadonlyMap<string, readonly Value[]>,
): void {
  for (const parameter of params) {
    const given = values.get(parameter.name) ?? [];
    if (given.length === 0 && parameter.required)
      refuse(`${name}: the required argument ${parameter.name} is missing`);
    for (const value of given) {
      if (value.type === 'none' && !parameter.required) continue;
      if (!isOfType(parameter.type, value))
        refuse(`${name}: ${parameter.name} is ${described(value)}, not of type ${parameter.type}`);
      checkOptions(name, parameter, value);
    }
  }
}

function checkOptions(name: string, { name: parameter, options }: Parameter, value: Value): void {
  if (options === undefined || ('value' in value && options.includes(value.value))) return;
  const choice = options.filter((option) => typeof option === 'string');
  refuse(`${name}: ${parameter} is ${described(value)}, and must be one of ${choice.join(', ')}`);
}

function isOfType(type: ParameterType, value: Value): boolean {
  switch (type) {
    case 'seriesList':
      return value.type === 'series';
    case 'seriesLists':
      return value.type === 'series' || value.type === 'lists';
    case 'boolean':
      return (
        value.type === 'boolean' || isText(value, /^(true|false)$/i) || isNumber(value, [0, 1])
      );
    case 'float':
      return isNumber(value) || value.type === 'boolean' || isText(value, NUMBER);
    case 'integer':
    case 'node':
      return isInteger(value) || value.type === 'boolean';
    case 'intOrInf':
      return (
        isInteger(value) ||
        value.type === 'boolean' ||
        isText(value, /^inf$/i) ||
        isNumber(value, [Number.POSITIVE_INFINITY])
      );
    case 'interval':
      return isInterval(value);
    case 'aggFunc':
      return value.type === 'string' && aggregation(value.value) !== undefined;
    case 'aggOrSeriesFunc':
      return (
        value.type === 'string' && aggregation(value.value.replace(/Series$/, '')) !== undefined
      );
    // Nobody looks at these before the function does.
    case 'any':
    case 'date':
    case 'intOrInterval':
    case 'nodeOrTag':
    case 'string':
    case 'tag':
      return true;
  }
}

const NUMBER = /^\s*[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf|nan)\s*$/i;

function isText(value: Value, form: RegExp): boolean {
  return value.type === 'string' && form.test(value.value);
}

function isNumber(value: Value, wanted?: readonly number[]): boolean {
  return value.type === 'number' && (wanted?.includes(value.value) ?? true);
}

function isInteger(value: Value): boolean {
  return (value.type === 'number' && value.isInteger) || isText(value, /^\s*[+-]?\d+\s*$/);
}

function isInterval(value: Value): boolean {
  if (value.type !== 'string' || value.value === '') return false;
  return !(parseOffset(value.value, '') instanceof BadRequest);
}
