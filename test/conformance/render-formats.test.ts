import { expect } from 'chai';
import { decode } from '../../src/protocols/codec.js';
import { decodePickle } from '../../src/protocols/pickle-decoder.js';
import { conformance, number } from '../support/conformance.js';
import { callsMissingFunction } from '../support/missing-functions.js';
import { plainPickle } from '../support/plain-pickle.js';
import { type RenderApp, renderApp } from '../support/render-app.js';
import type { QueuedPoint } from '../support/render-dataset.js';

interface FormatRow {
  method: 'GET' | 'POST';
  path: string;
  params: [name: string, value: string][];
  status: number;
  contentType?: string;
  compare: 'json' | 'text' | 'decoded' | 'status' | 'error';
  body?: unknown;
  bodyText?: string;
  decoded?: unknown;
  /** Points that are not on disk yet. */
  cache?: Record<string, QueuedPoint[]>;
}

let app: RenderApp;

async function check(row: FormatRow): Promise<void> {
  app.dataset.queued = row.cache ?? {};
  const form = new URLSearchParams(row.params).toString();
  const isPost = row.method === 'POST';
  const answer = await app.http.inject({
    method: row.method,
    url: isPost ? row.path : `${row.path}?${form}`,
    ...(isPost && {
      payload: form,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    }),
  });
  if (row.compare === 'error') {
    expect(answer.statusCode, answer.body).to.be.within(400, 499);
    expect(JSON.parse(answer.body).error).to.be.a('string');
    return;
  }
  expect(answer.statusCode, answer.body).to.equal(row.status);
  const [contentType] = String(answer.headers['content-type']).split(';');
  expect(contentType).to.equal(row.contentType ?? contentType);
  if (row.compare === 'json') expectClose(JSON.parse(answer.body), row.body);
  if (row.compare === 'text') expect(answer.body).to.equal(row.bodyText);
  if (row.compare === 'decoded') expectClose(decoded(contentType, answer.rawPayload), row.decoded);
}

function decoded(contentType: string, bytes: Buffer): unknown {
  if (contentType === 'application/x-msgpack') return decode(bytes);
  const { value, fault } = decodePickle(bytes);
  expect(fault).to.equal(undefined);
  return plainPickle(value!);
}

/** Equal but for rounding: values in words as the vectors write them, numbers to nine digits. */
function expectClose(found: unknown, wanted: unknown): void {
  if (typeof found === 'number') {
    const value = number(wanted);
    if (found === value || (Number.isNaN(found) && Number.isNaN(value))) return;
    expect(found).to.be.closeTo(value, 1e-9 * Math.abs(value));
  } else if (typeof found === 'object' && found !== null && wanted !== null) {
    expect(Object.keys(found)).to.have.members(Object.keys(wanted as object));
    for (const [key, value] of Object.entries(found)) {
      expectClose(value, (wanted as Record<string, unknown>)[key]);
    }
  } else {
    expect(found).to.equal(wanted);
  }
}

describe('over HTTP', () => {
  before(async () => {
    app = await renderApp();
  });
  after(() => app.close());

  for (const file of ['render/formats.jsonl', 'render/carbonlink.jsonl'])
    conformance<FormatRow>(file, check, ({ params }) => !callsMissingFunction(params));
});
