import { signature } from './binding.js';
import type { FunctionDeclaration } from './declaration.js';
import type { Constant, Parameter } from './parameter.js';

/** A function as graphite-web's `/functions` describes it, keys in its order. */
export interface FunctionInfo {
  readonly name: string;
  readonly function: string;
  readonly description: string;
  readonly module: string;
  readonly group: string;
  readonly params: readonly ParameterInfo[];
}

export interface ParameterInfo {
  readonly name: string;
  readonly type: string;
  readonly required?: true;
  readonly default?: Constant;
  readonly options?: readonly (Constant | null)[];
  readonly suggestions?: readonly Constant[];
  readonly multiple?: true;
}

/** @param name the function's own, or one of its aliases, which are described as functions of their own */
export function functionInfo(name: string, declaration: FunctionDeclaration): FunctionInfo {
  const { description, group, params } = declaration;
  return {
    name,
    function: signature(name, params),
    description,
    module: 'graphite.render.functions',
    group,
    params: params.map(parameterInfo),
  };
}

function parameterInfo(parameter: Parameter): ParameterInfo {
  const { name, type, required, options, suggestions, multiple } = parameter;
  return {
    name,
    type,
    ...(required && { required }),
    ...(parameter.default !== undefined && { default: parameter.default }),
    ...(options && { options }),
    ...(suggestions && { suggestions }),
    ...(multiple && { multiple }),
  };
}
