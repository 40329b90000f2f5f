import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { type RenderApp, renderApp } from '../../../support/render-app.js';
import { RENDER_NOW_S } from '../../../support/render-evaluation.js';

const NAME = 'servers.web01.cpu.user';
const RENDER = `/render?target=${NAME}&format=json&from=-5min&now=${RENDER_NOW_S}`;

describe('AnswerCache', () => {
  let app: RenderApp;

  const opened = async (options: Parameters<typeof renderApp>[0]): Promise<void> => {
    app = await renderApp(options);
  };
  afterEach(() => app.close());

  const get = (url: string, headers: Record<string, string> = {}) =>
    app.http.inject({ url, headers });

  /** What an answer says while a point waits that was not there before. */
  async function withNewPoint(url: string): Promise<string> {
    app.dataset.queued = { [NAME]: [[RENDER_NOW_S - 60, 123_456]] };
    return (await get(url)).body;
  }

  it('tells an answer again until its time is over', async () => {
    await opened({ renderCacheMs: 10_000 });
    const first = await get(RENDER);
    expect(first.headers).not.to.have.property('age');
    app.clock.advance(9_000);
    expect(await withNewPoint(RENDER)).to.equal(first.body);
    const again = await get(RENDER);
    expect(again.headers.age).to.equal('9');
    expect(again.headers['content-type']).to.equal(first.headers['content-type']);
    expect(again.headers['x-carbonbus-shards-answered']).to.equal('1');
    app.clock.advance(1_001);
    expect(await withNewPoint(RENDER)).to.contain('123456');
  });

  it('remembers nothing by default, and what a request says counts more', async () => {
    await opened({});
    const { body } = await get(RENDER);
    expect(await withNewPoint(RENDER)).not.to.equal(body);
    app.dataset.queued = {};
    const patient = `${RENDER}&cacheTimeout=60`;
    await get(patient);
    app.clock.advance(59_000);
    expect(await withNewPoint(patient)).to.equal(body);
    expect(await withNewPoint(`${patient}&noCache=1`)).not.to.equal(body);
  });

  it('takes requests for the same that ask for the same, whatever the order and the salt', async () => {
    await opened({ renderCacheMs: 10_000 });
    const { body } = await get(RENDER);
    const other = `/render?from=-5min&now=${RENDER_NOW_S}&_salt=1.5&format=json&target=${NAME}`;
    expect(await withNewPoint(other)).to.equal(body);
    const posted = await app.http.inject({
      method: 'POST',
      url: '/render',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: RENDER.slice(RENDER.indexOf('?') + 1),
    });
    expect(posted.body).to.equal(body);
    expect(await withNewPoint(RENDER.replace('5min', '6min'))).to.contain('123456');
    expect((await get(RENDER.replace('json', 'csv'))).headers['content-type']).to.contain('csv');
  });

  it('gives an answer compressed to one and plain to the next', async () => {
    await opened({ renderCacheMs: 10_000, compression: true });
    const long = RENDER.replace('5min', '12h');
    const plain = await get(long);
    const zipped = await get(long, { 'accept-encoding': 'gzip' });
    expect(zipped.headers).to.include({ 'content-encoding': 'gzip', age: '0' });
    expect((await get(long)).body).to.equal(plain.body);
  });

  it('keeps what was compressed as long as what it was made of', async () => {
    await opened({ renderCacheMs: 10_000, compression: true });
    const long = RENDER.replace('5min', '12h');
    const zip = () => get(long, { 'accept-encoding': 'gzip, br' });
    const first = await zip();
    expect(app.cache.gauges.cacheEntries).to.equal(2);
    const { cacheBytes } = app.cache.gauges;
    app.clock.advance(9_000);
    for (let i = 0; i < 2; i++) {
      const again = await zip();
      expect(again.headers).to.include({ age: '9', 'content-encoding': 'gzip' });
      expect(again.headers).to.include({ vary: 'accept-encoding' });
      expect(again.headers['content-length']).to.equal(String(first.rawPayload.length));
      expect(gunzipSync(again.rawPayload).toString()).to.equal((await get(long)).body);
    }
    expect(app.cache.gauges).to.deep.equal({ cacheEntries: 2, cacheBytes });
    expect((await get(long)).headers).not.to.have.property('content-encoding');
    expect((await get(long, { 'accept-encoding': 'deflate' })).headers).to.include({
      ...{ age: '9', 'content-encoding': 'deflate' },
    });
    app.clock.advance(1_001);
    app.dataset.queued = { [NAME]: [[RENDER_NOW_S - 60, 123_456]] };
    expect(gunzipSync((await zip()).rawPayload).toString()).to.contain('123456');
  });

  it('remembers no refusal, and no more bytes than it may', async () => {
    await opened({ renderCacheMs: 10_000, cacheBytesMax: 2 ** 14 });
    for (let i = 0; i < 2; i++) {
      const refused = await get('/render?target=nosuch(x)&format=json');
      expect(refused.statusCode).to.equal(400);
    }
    for (let i = 1; i <= 50; i++) await get(`${RENDER}&maxDataPoints=${i}`);
    expect(app.cache.gauges.cacheBytes).to.be.within(1, 2 ** 14);
    expect(app.cache.counters).to.deep.equal({ cacheHits: 0, cacheMisses: 52 });
  });

  it('has a time of its own for finds', async () => {
    await opened({ findCacheMs: 5_000 });
    const { body } = await get('/metrics/find?query=servers.*');
    const again = await get('/metrics/find?query=servers.*');
    expect([again.body, again.headers.age]).to.deep.equal([body, '0']);
    expect((await get(RENDER)).headers).not.to.have.property('age');
    app.clock.advance(5_001);
    expect((await get('/metrics/find?query=servers.*')).headers).not.to.have.property('age');
  });
});
