import { AGGREGATION_NAMES } from '../aggregation.js';

/** Graphite's types of parameters, as `/functions` names them. */
export type ParameterType =
  | 'aggFunc'
  | 'aggOrSeriesFunc'
  | 'any'
  | 'boolean'
  | 'date'
  | 'float'
  | 'integer'
  | 'interval'
  | 'intOrInf'
  | 'intOrInterval'
  | 'node'
  | 'nodeOrTag'
  | 'seriesList'
  | 'seriesLists'
  | 'string'
  | 'tag';

/** A constant as the table of functions shows it. */
export type Constant = string | number | boolean;

/** One parameter, as `/functions` describes it. */
export interface Parameter {
  readonly name: string;
  readonly type: ParameterType;
  readonly required?: true;
  /** Shown in the table, and taken where the argument is missing. */
  readonly default?: Constant;
  /** Taken where the argument is missing, though the table tells nothing of it, or another; null is none. */
  readonly silentDefault?: Constant | null;
  readonly options?: readonly (Constant | null)[];
  readonly suggestions?: readonly Constant[];
  /** Takes all arguments that are left. */
  readonly multiple?: true;
  /** The keyword in a target, where the table calls it otherwise. */
  readonly keyword?: string;
}

/** What is taken where the argument is missing; null and undefined are none. */
export function defaultOf(parameter: Parameter): Constant | null | undefined {
  return parameter.silentDefault === undefined ? parameter.default : parameter.silentDefault;
}

/** The first parameter of most functions. */
export const SERIES_LIST: Parameter = { name: 'seriesList', type: 'seriesList', required: true };

/** The parameter of functions that combine all they are given. */
export const SERIES_LISTS: Parameter = {
  name: 'seriesLists',
  type: 'seriesList',
  required: true,
  multiple: true,
};

/** The aggregation of functions that cannot do without one. */
export const AGGREGATION: Parameter = {
  name: 'func',
  type: 'aggFunc',
  required: true,
  options: AGGREGATION_NAMES,
};

/** The share of known values that a result needs; that of the request by default. */
export const X_FILES_FACTOR: Parameter = { name: 'xFilesFactor', type: 'float' };
