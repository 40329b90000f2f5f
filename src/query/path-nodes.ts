import { BadRequest } from './bad-request.js';
import { type Argument, parseTarget } from './target.js';
import type { TimeSeries } from './time-series.js';

/** The first path in a name, which may look like calls of functions; the name itself if there is none. */
export function firstPath(name: string): string {
  const target = parseTarget(name);
  let at: Argument | undefined =
    target instanceof BadRequest || target === null ? undefined : target;
  while (at?.type === 'call' || at?.type === 'template')
    at = at.type === 'call' ? at.args[0] : at.body;
  return at?.type === 'path' ? at.path : name;
}

/**
 * Parts of a name, joined by dots: a number is a position in the first path of the name, from its end if
 * negative, a text a tag. What there is not is empty.
 */
export function nodesOf(series: TimeSeries, nodes: readonly (number | string)[]): string {
  const path = pathIn(series.name);
  return nodes.map((node) => nodeOf(series, path, node)).join('.');
}

/** The path whose parts a name has: only one that ends as a call does is taken for one. */
export function pathIn(name: string): string {
  return name.endsWith(')') ? firstPath(name) : name;
}

function nodeOf(series: TimeSeries, path: string, node: number | string): string {
  const isPosition = typeof node === 'number' && Number.isInteger(node);
  const part = isPosition ? path.split(';', 1)[0].split('.').at(node) : undefined;
  return part ?? series.tags.get(String(node)) ?? '';
}
