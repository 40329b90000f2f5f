/**
 * What a pickle may hold, as plain data. int and float are both numbers (bigint beyond 2^53), `bytes` and
 * `bytearray` are bytes, a list is an array, a dict is a Map in order of insertion (keys that are tuples
 * or bytes are told apart by identity, not by value).
 */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | PickleTuple
  | PickleSet
  | PickleDict;

export type PickleDict = Map<PickleValue, PickleValue>;

/** A Python tuple. */
export class PickleTuple {
  readonly items: readonly PickleValue[];
  /** Known from its items when it is made: asking again and again could take exponential time. */
  readonly hashable: boolean;

  constructor(items: readonly PickleValue[]) {
    this.items = items;
    this.hashable = items.every(isHashable);
  }
}

/** A Python set or frozenset. */
export class PickleSet {
  readonly items: Set<PickleValue>;
  readonly frozen: boolean;

  constructor(items: Iterable<PickleValue>, frozen: boolean) {
    this.items = new Set(items);
    this.frozen = frozen;
  }
}

/** True where Python takes the value as a key of a dict. */
export function isHashable(value: PickleValue): boolean {
  if (value instanceof PickleTuple) return value.hashable;
  if (value instanceof PickleSet) return value.frozen;
  return !Array.isArray(value) && !(value instanceof Map);
}

/** What a Python `for` walks through in the value: undefined where it cannot be iterated. */
export function iterate(value: PickleValue): Iterable<PickleValue> | undefined {
  if (Array.isArray(value) || typeof value === 'string' || value instanceof Uint8Array)
    return value;
  if (value instanceof PickleTuple || value instanceof PickleSet) return value.items;
  return value instanceof Map ? value.keys() : undefined;
}
