import { expect } from 'chai';
import { decode } from '../../src/protocols/codec.js';
import { decodePickle } from '../../src/protocols/pickle-decoder.js';
import { decodeProto } from '../support/carbonapi-proto.js';
import { conformance } from '../support/conformance.js';
import { plainPickle } from '../support/plain-pickle.js';
import { type RenderApp, renderApp } from '../support/render-app.js';

interface WireRow {
  method: 'GET';
  path: string;
  query: [name: string, value: string][];
  accept: string | null;
  requestHex: string;
  status: number;
  contentType: string;
  answerHex: string;
}

interface Named {
  name?: string;
  path?: string;
  pathExpression?: string;
}

let app: RenderApp;

async function check(row: WireRow): Promise<void> {
  const query = new URLSearchParams(row.query).toString();
  const answer = await app.http.inject({
    method: row.method,
    url: `${row.path}?${query}`,
    headers: row.accept === null ? {} : { accept: row.accept },
    ...(row.requestHex !== '' && { payload: Buffer.from(row.requestHex, 'hex') }),
  });
  expect(answer.statusCode, answer.body).to.equal(row.status);
  expect(String(answer.headers['content-type']).split(';')[0]).to.equal(row.contentType);
  const wanted = Buffer.from(row.answerHex, 'hex');
  expect(said(row, answer.rawPayload)).to.deep.equal(said(row, wanted));
}

/** What an answer says to the front end; neither the order of series and of paths nor the files of tagged series count. */
function said({ path, contentType }: WireRow, bytes: Buffer): unknown {
  switch (contentType) {
    case 'application/json':
      return (JSON.parse(bytes.toString()) as string[])
        .filter((name) => !name.startsWith('_tagged.'))
        .toSorted();
    case 'application/pickle':
      return sorted(plainPickle(decodePickle(bytes).value!) as Named[]);
    case 'application/x-msgpack':
      return sorted((decode(bytes) as Named[]).map(withoutSecondKey));
    case 'application/x-protobuf':
      return path === '/render/'
        ? sorted(decodeProto<{ metrics: Named[] }>('MultiFetchResponseV2', bytes).metrics)
        : decodeProto('GlobResponse', bytes);
    default:
      return ofV3(path, bytes);
  }
}

function ofV3(path: string, bytes: Buffer): unknown {
  if (path === '/render/')
    return sorted(decodeProto<{ metrics: Named[] }>('MultiFetchResponseV3', bytes).metrics);
  if (path === '/metrics/find/') return decodeProto('MultiGlobResponse', bytes);
  const { supportedProtocols } = decodeProto<{ supportedProtocols: string[] }>(
    'CapabilityResponse',
    bytes,
  );
  return supportedProtocols.slice(0, 2);
}

/** carbonapi reads another key than graphite-web: we send both. */
function withoutSecondKey(item: Named & { isLeaf?: boolean }): Named {
  const { isLeaf: _, ...rest } = item;
  return rest;
}

function sorted(items: Named[]): Named[] {
  const key = ({ name, path, pathExpression }: Named): string =>
    `${name ?? path} ${pathExpression ?? ''}`;
  return items.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

describe('to other query servers', () => {
  before(async () => {
    app = await renderApp();
  });
  after(() => app.close());

  conformance<WireRow>('render/wire.jsonl', check);
});
