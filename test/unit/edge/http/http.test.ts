import { gunzipSync, inflateSync } from 'node:zlib';
import { expect } from 'chai';
import { acceptedEncoding } from '../../../../src/edge/http/compression.js';
import { decodeProto, encodeProto } from '../../../support/carbonapi-proto.js';
import { type RenderApp, renderApp } from '../../../support/render-app.js';

const LONG = '/metrics/find?query=*.*.*.*&format=treejson';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const V3 = { accept: 'application/x-carbonapi-v3-pb' };

describe('the HTTP interface', () => {
  let app: RenderApp;

  before(async () => {
    app = await renderApp({ corsOrigins: ['https://grafana.example.org'], compression: true });
  });
  after(() => app.close());

  const get = (url: string, headers: Record<string, string> = {}) =>
    app.http.inject({ url, headers });

  it('takes parameters from the URL, a form or both, with and without a slash at the end', async () => {
    for (const url of ['/metrics/find', '/metrics/find/']) {
      const asked = await get(`${url}?query=servers.*`);
      expect(asked.json()).to.have.length(6);
      const posted = await app.http.inject({
        method: 'POST',
        url: `${url}?from=-1h`,
        headers: FORM,
        payload: 'query=servers.*',
      });
      expect(posted.body).to.equal(asked.body);
    }
  });

  it('refuses forms of more parameters than anybody needs, at once', async () => {
    const posted = (payload: string) =>
      app.http.inject({ method: 'POST', url: '/render?format=json', headers: FORM, payload });
    expect((await posted(Array(9_000).fill('target=nosuch').join('&'))).statusCode).to.equal(200);
    const before = process.cpuUsage();
    for (const name of ['target', '']) {
      const form = Array.from({ length: 200_000 }, (_, i) => `${name || `p${i}`}=1`).join('&');
      const refused = await posted(form);
      expect(refused.statusCode).to.equal(400);
      expect(refused.json().error).to.include('200000 parameters, more than 10000');
    }
    expect(process.cpuUsage(before).user / 1000, 'ms').to.be.lessThan(1_000);
  });

  it('reads find, tag and event parameters as graphite-web does', async () => {
    const json = async (url: string) => (await get(url)).json();
    expect(await json('/tags/findSeries?expr=name=cpu.load&limit=1')).to.have.length(5);
    expect(await json('/tags/findSeries?expr[]=dc=fra&expr=name=cpu.load')).to.have.length(5);
    expect(await json('/tags/findSeries?expr[]=dc=fra&expr[]=name=cpu.load')).to.have.length(2);
    expect(await json('/tags/autoComplete/tags?tagPrefix=d&limit=-1')).to.have.length(2);
    expect(await json('/events/get_data')).to.have.length(4);
    for (const tags of ['', 'deploy%20nosuch', 'nosuch'])
      expect(await json(`/events/get_data?tags=${tags}`), tags).to.deep.equal([]);
    const late = await get('/metrics/find?query=*&from=1700000000&until=1600000000');
    expect(late.statusCode).to.equal(400);
    expect(late.body).to.include('is after until');
    expect((await get('/metrics/find?query=*&from=-1&until=1600000000')).statusCode).to.equal(200);
  });

  it('takes empty and odd parameters as graphite-web does', async () => {
    const status = async (url: string) => (await get(url)).statusCode;
    for (const url of ['/metrics/find?query=*', '/metrics/expand?query=*', '/metrics/index.json?'])
      expect(await status(`${url}&local=x`), url).to.equal(400);
    const found = await get('/metrics/find?query=edge.const&jsonp=');
    expect(found.json()).to.have.length(1);
    const branches = await get('/metrics/find?query=*&wildcards=-1&leavesOnly=0');
    expect(branches.json()[0].text).to.equal('*');
    expect((await get('/metrics/find?query=*&leavesOnly=-1')).json()).to.deep.equal([]);
    const rendered = await get('/render?target=nosuch&format=json&jsonp=');
    expect(rendered.headers['content-type']).to.include('text/javascript');
    expect(rendered.body).to.equal('([])');
    expect((await get('/tags?limit=')).json()).to.not.be.empty;
    expect((await get('/tags/dc?limit=')).json().values).to.have.length(3);
    expect(await status('/tags/autoComplete/tags?limit=')).to.equal(400);
  });

  it('looks at maxDataPoints for JSON alone', async () => {
    const asked = (format: string) =>
      get(`/render?target=edge.const&maxDataPoints=0&format=${format}`);
    for (const format of ['csv', 'raw', 'pickle', 'msgpack', 'dygraph', 'rickshaw', 'png'])
      expect((await asked(format)).statusCode, format).to.equal(200);
    expect((await asked('json')).statusCode).to.equal(400);
  });

  it('refuses to leave no point of a series, but not of none', async () => {
    const none = await get('/render?target=nosuch.metric&maxDataPoints=0&format=json');
    expect([none.statusCode, none.body]).to.deep.equal([200, '[]']);
    const some = await get('/render?target=edge.const&maxDataPoints=0&format=json&jsonp=cb');
    expect(some.statusCode).to.equal(400);
  });

  it('tells front ends of no times, as they would leave out what they take for too old', async () => {
    const asked = '/metrics/find?query=edge.const';
    expect((await get(`${asked}&format=json&local=1`)).json()[0]).to.have.property('intervals');
    const whenever = (await get(`${asked}&format=json&now=1690000000`)).json()[0];
    expect(whenever.intervals, 'by the clock').to.deep.equal([
      { start: 1_699_913_600, end: 1_700_000_000 },
    ]);
    const pickled = async (local: number) =>
      (await get(`${asked}&format=pickle&local=${local}`)).body.includes('intervals');
    expect([await pickled(0), await pickled(1)]).to.deep.equal([true, false]);
  });

  it('answers GET and POST alike, with and without a slash at the end', async () => {
    const asked: [path: string, form: string][] = [
      ['/render', 'target=edge.const&from=1699999700&until=1700000000&now=1700000000&format=json'],
      ['/metrics/find', 'query=servers.*'],
      ['/metrics/expand', 'query=servers.*'],
      ['/metrics/index.json', 'jsonp=f'],
      ['/metrics', 'query=*'],
      ['/tags/findSeries', 'expr=dc=fra'],
      ['/tags/autoComplete/tags', 'tagPrefix=d'],
      ['/tags/autoComplete/values', 'tag=dc&expr=name=cpu.load'],
      ['/events/get_data', 'tags=deploy&jsonp=f'],
      ['/info', 'target=edge.const'],
      ['/version', ''],
    ];
    for (const [path, form] of asked) {
      const { statusCode, body } = await get(`${path}?${form}`);
      expect(statusCode, path).to.equal(200);
      for (const url of [path, `${path}/`]) {
        const answer = await app.http.inject({ method: 'POST', url, headers: FORM, payload: form });
        expect(answer.body, url).to.equal(body);
      }
    }
  });

  it('shows a name that is none as graphite-web does, until somebody gives one', async () => {
    const window = 'from=1699999400&until=1700000000&now=1700000000&format=json';
    const targetOf = async (target: string) =>
      (await get(`/render?${new URLSearchParams({ target })}&${window}`)).json()[0].target;
    expect(await targetOf('alias(edge.const,word)')).to.deep.equal([]);
    expect(await targetOf('sortByName(time(word))')).to.deep.equal([]);
    expect(await targetOf('verticalLine("-5min")')).to.equal(null);
    expect(await targetOf('scale(verticalLine("-5min"),2)')).to.equal('scale(None,2)');
    expect(await targetOf('alias(verticalLine("-5min"),"None")')).to.equal('None');
  });

  it('keeps a line at one time where there is room for one point', async () => {
    const window = 'from=1699999400&until=1700000000&now=1700000000&format=json&maxDataPoints=1';
    const [{ datapoints }] = (await get(`/render?target=verticalLine("-5min")&${window}`)).json();
    expect(datapoints).to.deep.equal([[1, 1_699_999_700]]);
  });

  it('counts the posted events that a target asks for', async () => {
    const window = 'from=1699999400&until=1700000000&now=1700000000&format=json';
    const [{ datapoints }] = (await get(`/render?target=events('deploy')&${window}`)).json();
    const known = datapoints.filter(([value]: [number | null]) => value !== null);
    expect(known).to.deep.equal([[2, 1_699_999_500]]);
  });

  it('answers HEAD as GET but for the body, and OPTIONS', async () => {
    const head = await app.http.inject({ method: 'HEAD', url: '/metrics/find?query=*' });
    expect(head.statusCode).to.equal(200);
    expect(head.body).to.equal('');
    expect(head.headers['x-carbonbus-shards-answered']).to.equal('1');
    const plain = await renderApp();
    const options = await plain.http.inject({ method: 'OPTIONS', url: '/render' });
    expect(options.statusCode).to.equal(204);
    expect(options.headers.allow).to.contain('POST');
    await plain.close();
  });

  it('compresses long answers for those who ask', async () => {
    const plain = await get(LONG);
    expect(plain.headers).not.to.have.property('content-encoding');
    const zipped = await get(LONG, { 'accept-encoding': 'gzip, deflate, br' });
    expect(zipped.headers['content-encoding']).to.equal('gzip');
    expect(gunzipSync(zipped.rawPayload).toString()).to.equal(plain.body);
    const deflated = await get(LONG, { 'accept-encoding': 'gzip;q=0, deflate' });
    expect(deflated.headers['content-encoding']).to.equal('deflate');
    expect(inflateSync(deflated.rawPayload).toString()).to.equal(plain.body);
    expect(deflated.headers.vary).to.match(/accept-encoding/i);
    const short = await get('/lb_check', { 'accept-encoding': 'gzip' });
    expect(short.headers).not.to.have.property('content-encoding');
  });

  it('knows which encodings are ruled out', () => {
    expect(acceptedEncoding('br, GZIP')).to.equal('gzip');
    expect(acceptedEncoding('deflate;q=0.5')).to.equal('deflate');
    for (const header of [undefined, '', 'br', 'gzip; q=0', 'gzip;q=0.000', 'identity'])
      expect(acceptedEncoding(header), header).to.equal(undefined);
  });

  it('lets pages of the configured origins read answers and their headers', async () => {
    const origin = 'https://grafana.example.org';
    const allowed = await get('/metrics/find?query=*', { origin });
    expect(allowed.headers['access-control-allow-origin']).to.equal(origin);
    expect(allowed.headers['access-control-expose-headers']).to.contain('x-carbonbus-shards-asked');
    const preflight = await app.http.inject({
      method: 'OPTIONS',
      url: '/render',
      headers: { origin, 'access-control-request-method': 'POST' },
    });
    expect(preflight.statusCode).to.equal(204);
    const other = await get('/metrics/find?query=*', { origin: 'https://evil.example' });
    expect(other.headers).not.to.have.property('access-control-allow-origin', '*');
    expect(other.headers['access-control-allow-origin']).not.to.equal('https://evil.example');
  });

  it('refuses bodies that are too long or no message, with a sentence', async () => {
    const long = await app.http.inject({
      method: 'POST',
      url: '/render',
      headers: FORM,
      payload: `target=${'a'.repeat(5 * 1024 * 1024)}`,
    });
    expect(long.statusCode).to.equal(413);
    const longV3 = await app.http.inject({
      url: '/render',
      headers: V3,
      payload: Buffer.alloc(5 * 1024 * 1024),
    });
    expect(longV3.statusCode).to.equal(413);
    for (const url of ['/render', '/metrics/find', '/info']) {
      const broken = await app.http.inject({ url, headers: V3, payload: Buffer.from([0x0a, 99]) });
      expect(broken.statusCode, url).to.equal(400);
      expect(broken.json().error).to.match(/body/);
    }
  });

  it('tells carbonapi that there is nothing by 404, and graphite-web by an empty list', async () => {
    const query = 'from=1699999700&until=1700000000&target=no.such';
    for (const url of [
      `/render?format=protobuf&${query}`,
      '/metrics/find?format=protobuf&query=no.such',
      '/info?target=no.such',
    ])
      expect((await get(url)).statusCode, url).to.equal(404);
    const payload = encodeProto('MultiGlobRequest', { metrics: ['no.such'] });
    const found = await app.http.inject({ url: '/metrics/find', headers: V3, payload });
    expect(found.statusCode).to.equal(404);
    for (const url of [
      `/render?format=msgpack&${query}`,
      '/metrics/find?format=msgpack&query=no.*',
    ])
      expect((await get(url)).rawPayload.toString('hex'), url).to.equal('90');
  });

  it('files each fetch of carbonapi under the expression that it gave', async () => {
    const [startTime, stopTime] = [1_699_999_700, 1_700_000_000];
    const payload = encodeProto('MultiFetchRequestV3', {
      metrics: [
        {
          name: 'servers.web01.cpu.user',
          pathExpression: 'servers.*.cpu.user',
          startTime,
          stopTime,
        },
        {
          name: 'servers.web0*.cpu.user',
          pathExpression: 'x',
          startTime: startTime - 600,
          stopTime,
        },
      ],
    });
    const answer = await app.http.inject({
      method: 'POST',
      url: '/render',
      headers: { ...V3, 'content-type': 'application/x-carbonapi-v3-pb' },
      payload,
    });
    const { metrics } = decodeProto<{ metrics: { pathExpression: string; values: number[] }[] }>(
      'MultiFetchResponseV3',
      answer.rawPayload,
    );
    expect(
      metrics.map(({ pathExpression, values }) => [pathExpression, values.length]),
    ).to.deep.equal([['servers.*.cpu.user', 5], ...Array.from({ length: 4 }, () => ['x', 15])]);
  });

  it('says what stands in the header of a file', async () => {
    const info = {
      name: 'servers.web01.cpu.user',
      aggregationMethod: 'average',
      maxRetention: 86_400,
      xFilesFactor: 0.5,
      retentions: [{ secondsPerPoint: 60, numberOfPoints: 1440 }],
    };
    const url = '/info?target=servers.web01.cpu.user';
    expect((await get(url)).json()).to.deep.equal(info);
    const v2 = await get(`${url}&format=protobuf`);
    expect(decodeProto('InfoResponseV2', v2.rawPayload)).to.deep.equal(info);
    const payload = encodeProto('MultiMetricsInfoRequest', { names: [info.name, 'no.such'] });
    const v3 = await app.http.inject({ url: '/info', headers: V3, payload });
    const { aggregationMethod, ...rest } = info;
    expect(decodeProto('MultiMetricsInfoResponseV3', v3.rawPayload)).to.deep.equal({
      metrics: [{ ...rest, consolidationFunc: aggregationMethod }],
    });
  });
});
