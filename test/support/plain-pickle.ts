import { PickleTuple, type PickleValue } from '../../src/protocols/pickle-values.js';

/** A value from a pickle as the vectors write it: tuples as lists, dicts as objects. */
export function plainPickle(value: PickleValue): unknown {
  if (value instanceof PickleTuple) return value.items.map(plainPickle);
  if (Array.isArray(value)) return value.map(plainPickle);
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, item]) => [String(key), plainPickle(item)]));
  return value;
}
