import type { Parameters } from '../../src/query/render-request.js';

/** The parameters of a query string. */
export function parametersOf(query: string): Parameters {
  const parsed = new URLSearchParams(query);
  return {
    all: (name) => parsed.getAll(name),
    last: (name) => parsed.getAll(name).at(-1),
    names: () => [...parsed.keys()],
  };
}
