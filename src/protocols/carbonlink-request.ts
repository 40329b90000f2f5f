import type { PickleDict, PickleValue } from './pickle-values.js';
import { isHashable, iterate, PickleSet, PickleTuple } from './pickle-values.js';

/** Integers up to here are told by their digits. */
const SHORT = 10n ** 40n;

/** What a client may ask for in a bulk query: anything but a text names no metric, but is answered. */
export type MetricKey = string | number | boolean | null;

/** A request of carbon's cache query protocol. `metric` is undefined where the client sent no text: no such metric. */
export type CarbonlinkRequest =
  | { type: 'cache-query'; metric: string | undefined }
  | { type: 'cache-query-bulk'; metrics: MetricKey[] }
  | { type: 'get-metadata'; metric: string | undefined; key: string }
  | { type: 'set-metadata'; metric: string | undefined; key: string; value: string }
  | { type: 'unknown'; text: string };

/**
 * Reads a request from an unpickled value. Undefined where carbon's code raises an error, which costs the
 * client its connection: no dict, a missing key, or metrics that cannot be looked up.
 */
export function readRequest(request: PickleValue): CarbonlinkRequest | undefined {
  if (!(request instanceof Map) || !request.has('type')) return undefined;
  const type = request.get('type') as PickleValue;
  switch (type) {
    case 'cache-query':
      return readQuery(request);
    case 'cache-query-bulk':
      return readBulkQuery(request);
    case 'get-metadata':
      if (!hasKeys(request, ['metric', 'key'])) return undefined;
      return { type, metric: textOf(request, 'metric'), key: keyOf(request) };
    case 'set-metadata': {
      if (!hasKeys(request, ['metric', 'key', 'value'])) return undefined;
      // What is no text is no method either, and is refused as whatever it is printed as.
      const value = pythonText(request.get('value') as PickleValue);
      return { type, metric: textOf(request, 'metric'), key: keyOf(request), value };
    }
    default:
      // Python's `%` takes a tuple for several values.
      if (type instanceof PickleTuple) return undefined;
      return { type: 'unknown', text: pythonText(type) };
  }
}

function readQuery(request: PickleDict): CarbonlinkRequest | undefined {
  const metric = request.get('metric');
  if (metric === undefined || !isHashable(metric)) return undefined;
  return { type: 'cache-query', metric: textOf(request, 'metric') };
}

function readBulkQuery(request: PickleDict): CarbonlinkRequest | undefined {
  const items = iterate(request.get('metrics') ?? null);
  if (items === undefined) return undefined;
  const metrics = new Set<MetricKey>();
  for (const item of items) {
    if (!isMetricKey(item)) return undefined;
    metrics.add(item);
  }
  return { type: 'cache-query-bulk', metrics: [...metrics] };
}

function isMetricKey(value: PickleValue): value is MetricKey {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function hasKeys(request: PickleDict, keys: string[]): boolean {
  return keys.every((key) => request.has(key));
}

function textOf(request: PickleDict, key: string): string | undefined {
  const value = request.get(key);
  return typeof value === 'string' ? value : undefined;
}

function keyOf(request: PickleDict): string {
  return pythonText(request.get('key') as PickleValue);
}

/** As Python prints a simple value; only the kind of value where that could be long. */
function pythonText(value: PickleValue): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return numberText(value);
  if (typeof value === 'bigint' && value < SHORT && value > -SHORT) return String(value);
  return `<${pythonTypeOf(value)}>`;
}

function pythonTypeOf(value: bigint | object): string {
  if (typeof value === 'bigint') return 'int';
  if (Array.isArray(value)) return 'list';
  if (value instanceof PickleTuple) return 'tuple';
  if (value instanceof PickleSet) return value.frozen ? 'frozenset' : 'set';
  return value instanceof Map ? 'dict' : 'bytes';
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  return String(value).replace('Infinity', 'inf');
}
