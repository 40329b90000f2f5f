import { assert } from '../../assert.js';
import { ALIAS } from './alias.js';
import { COMBINE } from './combine.js';
import type { FunctionDeclaration } from './declaration.js';
import { FILTER_SERIES } from './filter-series.js';
import { MOVING } from './moving.js';
import { SUMMARIES } from './summaries.js';
import { SYNTHETIC } from './synthetic.js';
import { TIME_SHIFT } from './time-shift.js';
import { TRANSFORM } from './transform.js';

const FAMILIES: readonly (readonly FunctionDeclaration[])[] = [
  ALIAS,
  COMBINE,
  FILTER_SERIES,
  MOVING,
  SUMMARIES,
  SYNTHETIC,
  TIME_SHIFT,
  TRANSFORM,
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
