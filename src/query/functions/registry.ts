import { assert } from '../../assert.js';
import { ALIAS } from './alias.js';
import { BASELINE } from './baseline.js';
import { BY_NODE } from './by-node.js';
import { CALCULATE } from './calculate.js';
import { COMBINE } from './combine.js';
import { COMBINE_LISTS } from './combine-lists.js';
import { COUNT_VALUES } from './count-values.js';
import type { FunctionDeclaration } from './declaration.js';
import { DERIVATIVES } from './derivatives.js';
import { EVENTS } from './events.js';
import { FILTER_DATA } from './filter-data.js';
import { FILTER_SERIES } from './filter-series.js';
import { GAPS } from './gaps.js';
import { GRAPH } from './graph.js';
import { HITCOUNT } from './hitcount.js';
import { HOLT_WINTERS } from './holt-winters.js';
import { INTEGRALS } from './integrals.js';
import { LEGEND } from './legend.js';
import { MAP_REDUCE } from './map-reduce.js';
import { MOVING } from './moving.js';
import { PERCENT } from './percent.js';
import { RANGES } from './ranges.js';
import { SERIES_SETS } from './series-sets.js';
import { SLO } from './slo.js';
import { SORTING } from './sorting.js';
import { SPECIAL } from './special.js';
import { SPECTRUM } from './spectrum.js';
import { STATISTICS } from './statistics.js';
import { SUMMARIES } from './summaries.js';
import { SYNTHETIC } from './synthetic.js';
import { TAGS } from './tags.js';
import { TIME_SHIFT } from './time-shift.js';
import { TIME_SLICE } from './time-slice.js';
import { TRANSFORM } from './transform.js';
import { VERSION_SHIFT } from './version-shift.js';

const FAMILIES: readonly (readonly FunctionDeclaration[])[] = [
  ALIAS,
  BASELINE,
  BY_NODE,
  CALCULATE,
  COMBINE,
  COMBINE_LISTS,
  COUNT_VALUES,
  DERIVATIVES,
  EVENTS,
  FILTER_DATA,
  FILTER_SERIES,
  GAPS,
  GRAPH,
  HITCOUNT,
  HOLT_WINTERS,
  INTEGRALS,
  LEGEND,
  MAP_REDUCE,
  MOVING,
  PERCENT,
  RANGES,
  SERIES_SETS,
  SLO,
  SORTING,
  SPECIAL,
  SPECTRUM,
  STATISTICS,
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
