import { assert } from '../../assert.js';
import { ALIAS } from './alias.js';
import { BY_NODE } from './by-node.js';
import { COMBINE } from './combine.js';
import { COMBINE_LISTS } from './combine-lists.js';
import { COUNT_VALUES } from './count-values.js';
import type { FunctionDeclaration } from './declaration.js';
import { DERIVATIVES } from './derivatives.js';
import { FILTER_SERIES } from './filter-series.js';
import { GAPS } from './gaps.js';
import { GRAPH } from './graph.js';
import { HITCOUNT } from './hitcount.js';
import { INTEGRALS } from './integrals.js';
import { LEGEND } from './legend.js';
import { MAP_REDUCE } from './map-reduce.js';
import { MOVING } from './moving.js';
import { PERCENT } from './percent.js';
import { RANGES } from './ranges.js';
import { SORTING } from './sorting.js';
import { SUMMARIES } from './summaries.js';
import { SYNTHETIC } from './synthetic.js';
import { TAGS } from './tags.js';
import { TIME_SHIFT } from './time-shift.js';
import { TIME_SLICE } from './time-slice.js';
import { TRANSFORM } from './transform.js';
import { VERSION_SHIFT } from './version-shift.js';

const FAMILIES: readonly (readonly FunctionDeclaration[])[] = [
  ALIAS,
  BY_NODE,
  COMBINE,
  COMBINE_LISTS,
  COUNT_VALUES,
  DERIVATIVES,
  FILTER_SERIES,
  GAPS,
  GRAPH,
  HITCOUNT,
  INTEGRALS,
  LEGEND,
  MAP_REDUCE,
  MOVING,
  PERCENT,
  RANGES,
  SORTING,
  SUMMARIES,
  SYNTHETIC,
  TAGS,
  TIME_SHIFT,
  TIME_SLICE,
  TRANSFORM,
  VERSION_SHIFT,
];

/** All functions, by their names and aliases. */
export const FUNCTIONS: ReadonlyMap<string, FunctionDeclaration> = byName();

function byName(): Map<string, FunctionDeclaration> {
  const functions = new Map<string, FunctionDeclaration>();
  for (const declaration of FAMILIES.flat()) {
    for (const name of [declaration.name, ...(declaration.aliases ?? [])]) {
      assert(!functions.has(name), `${name} is declared once`);
      functions.set(name, declaration);
    }
  }
  return functions;
}
