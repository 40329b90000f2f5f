import { expect } from 'chai';
import {
  answer,
  type CarbonlinkBackend,
  CarbonlinkStream,
  type Datapoints,
  type Metadata,
} from '../../src/protocols/carbonlink.js';
import { decodePickle } from '../../src/protocols/pickle-decoder.js';
import type { PickleValue } from '../../src/protocols/pickle-values.js';
import { conformance, hasVectors, number, readVectors } from '../support/conformance.js';
import { plainPickle } from '../support/plain-pickle.js';

interface State {
  cache: { metric: string; stored_in_order: [unknown, unknown][] }[];
  whisper_files: { metric: string; aggregationMethod: string }[];
}

const AGGREGATION_METHODS = [
  'average',
  'sum',
  'last',
  'max',
  'min',
  'avg_zero',
  'absmax',
  'absmin',
];

/** A node that holds `state`: the cache keeps the first place and the last value of a repeated time. */
function backendOf(state: State): CarbonlinkBackend {
  const cache = new Map<string, Datapoints>();
  for (const { metric, stored_in_order } of state.cache) {
    const points = new Map(stored_in_order.map(([ts, value]) => [number(ts), number(value)]));
    cache.set(metric, { timestamps: [...points.keys()], values: [...points.values()] });
  }
  const methods = new Map(state.whisper_files.map((file) => [file.metric, file.aggregationMethod]));
  const query = async (metric: string) => cache.get(metric) ?? { timestamps: [], values: [] };
  const getMetadata = async (metric: string): Promise<Metadata> => {
    const value = methods.get(metric);
    return value === undefined ? { error: 'no such file' } : { value };
  };
  return {
    query,
    bulk: (metrics) => Promise.all(metrics.map(query)),
    getMetadata,
    setMetadata: async (metric, _key, value) => {
      const old = await getMetadata(metric);
      if (!AGGREGATION_METHODS.includes(value)) return { error: `no method ${value}` };
      if (old.error === undefined) methods.set(metric, value);
      return old;
    },
  };
}

function expected(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(expected);
  if (typeof value === 'string' && /^-?Infinity$|^NaN$/.test(value)) return number(value);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expected(item)]));
}

interface Row {
  request_chunks_hex: string[];
  responses: Record<string, unknown>[];
  dropped_connection: boolean;
}

const backend = hasVectors('carbonlink/state.json')
  ? backendOf(readVectors<State>('carbonlink/state.json'))
  : undefined;

conformance<Row>('carbonlink/cases.jsonl', async (row) => {
  const stream = new CarbonlinkStream();
  const answers: unknown[] = [];
  for (const hex of row.request_chunks_hex)
    for (const request of stream.push(Buffer.from(hex, 'hex')))
      answers.push(decoded(await answer(request, backend as CarbonlinkBackend)));
  expect(stream.state !== 'open', 'closed').to.equal(row.dropped_connection);
  expect(answers).to.have.length(row.responses.length);
  row.responses.forEach((response, i) => {
    if (typeof response.error === 'object') expect(answers[i]).to.have.keys('error');
    else expect(answers[i]).to.deep.equal(expected(response));
  });
});

function decoded(frame: Uint8Array): unknown {
  const bytes = Buffer.from(frame);
  expect(bytes.readUInt32BE(0)).to.equal(bytes.length - 4);
  const { value, fault } = decodePickle(bytes.subarray(4));
  expect(fault).to.equal(undefined);
  return plainPickle(value as PickleValue);
}
