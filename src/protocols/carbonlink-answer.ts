import { unreachable } from '../assert.js';
import type { CarbonlinkRequest, MetricKey } from './carbonlink-request.js';
import { PickleWriter } from './pickle-encoder.js';

/** Points of one metric as columns of equal length, in the order of their arrival. */
export interface Datapoints {
  readonly timestamps: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

/** A value, or why there is none (one line, for a person). */
export type Metadata = { value: string; error?: undefined } | { error: string; value?: undefined };

/** What carbonlink asks of the node that answers. Names are normalised ones; an unknown one has no points. */
export interface CarbonlinkBackend {
  query(metric: string): Promise<Datapoints>;
  /** The answers in the order of `metrics`, which holds no name twice. */
  bulk(metrics: readonly string[]): Promise<readonly Datapoints[]>;
  /** The value of a metric's `aggregationMethod`. */
  getMetadata(metric: string, key: MetadataKey): Promise<Metadata>;
  /** Sets it and gives the old value. */
  setMetadata(metric: string, key: MetadataKey, value: string): Promise<Metadata>;
}

/** Carbon knows no other. */
export type MetadataKey = 'aggregationMethod';

const NO_DATAPOINTS: Datapoints = { timestamps: [], values: [] };

/** The framed answer to a request: a pickle of protocol 2. Rejects only when the backend does. */
export async function answer(
  request: CarbonlinkRequest,
  backend: CarbonlinkBackend,
): Promise<Uint8Array> {
  switch (request.type) {
    case 'cache-query': {
      const { metric } = request;
      return encodeQuery(metric === undefined ? NO_DATAPOINTS : await backend.query(metric));
    }
    case 'cache-query-bulk': {
      const names = request.metrics.filter((metric) => typeof metric === 'string');
      const found = await backend.bulk(names);
      const byName = new Map<MetricKey, Datapoints>(names.map((name, i) => [name, found[i]]));
      return encodeBulk(request.metrics, byName);
    }
    case 'get-metadata':
      return encodeTexts(await getMetadata(request, backend));
    case 'set-metadata':
      return encodeTexts(await setMetadata(request, backend));
    case 'unknown':
      return encodeTexts({ error: `Invalid request type "${request.text}"` });
    default:
      return unreachable(request, 'carbonlink request');
  }
}

async function getMetadata(
  { metric, key }: { metric: string | undefined; key: string },
  backend: CarbonlinkBackend,
): Promise<Record<string, string>> {
  const fault = metadataFault(metric, key);
  if (metric === undefined || fault) return { error: fault ?? '' };
  const found = await backend.getMetadata(metric, 'aggregationMethod');
  return found.error === undefined ? { value: found.value } : { error: found.error };
}

async function setMetadata(
  request: { metric: string | undefined; key: string; value: string },
  backend: CarbonlinkBackend,
): Promise<Record<string, string>> {
  const { metric, key, value } = request;
  const fault = metadataFault(metric, key);
  if (metric === undefined || fault) return { error: fault ?? '' };
  const old = await backend.setMetadata(metric, 'aggregationMethod', value);
  if (old.error !== undefined) return { error: old.error };
  return { old_value: old.value, new_value: value };
}

function metadataFault(metric: string | undefined, key: string): string | undefined {
  if (key !== 'aggregationMethod') return `ValueError: Unsupported metadata key "${key}"`;
  return metric === undefined ? 'TypeError: the metric is no text' : undefined;
}

function encodeQuery(datapoints: Datapoints): Uint8Array {
  const writer = new PickleWriter().dict().mark().text('datapoints');
  writeDatapoints(writer, datapoints);
  return writer.setItems().finish();
}

function encodeBulk(metrics: MetricKey[], byName: Map<MetricKey, Datapoints>): Uint8Array {
  const writer = new PickleWriter().dict().mark().text('datapointsByMetric').dict().mark();
  for (const metric of metrics) {
    writeKey(writer, metric);
    writeDatapoints(writer, byName.get(metric) ?? NO_DATAPOINTS);
  }
  return writer.setItems().setItems().finish();
}

function encodeTexts(texts: Record<string, string>): Uint8Array {
  const writer = new PickleWriter().dict().mark();
  for (const [key, text] of Object.entries(texts)) writer.text(key).text(text);
  return writer.setItems().finish();
}

function writeDatapoints(writer: PickleWriter, { timestamps, values }: Datapoints): void {
  writer.list().mark();
  for (let i = 0; i < timestamps.length; i++) writer.float(timestamps[i]).float(values[i]).pair();
  writer.appends();
}

function writeKey(writer: PickleWriter, key: MetricKey): void {
  if (key === null) writer.none();
  else if (typeof key === 'string') writer.text(key);
  else if (typeof key === 'boolean') writer.boolean(key);
  else if (Number.isSafeInteger(key)) writer.integer(key);
  else writer.float(key);
}
