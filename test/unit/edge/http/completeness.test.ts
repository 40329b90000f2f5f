import { expect } from 'chai';
import type { InjectOptions } from 'fastify';
import { encodeMessage } from '../../../../src/protocols/carbonapi-messages.js';
import { CARBONAPI_V3_TYPE } from '../../../../src/query/formats/answer-form.js';
import { type RenderApp, renderApp } from '../../../support/render-app.js';
import { RENDER_NOW_S } from '../../../support/render-evaluation.js';

const WINDOW = `from=${RENDER_NOW_S - 3600}&until=${RENDER_NOW_S}&now=${RENDER_NOW_S}`;
const RENDER = `/render?target=servers.*.cpu.user&${WINDOW}&format=`;

/** Every answer that comes from nodes, in each of its forms. */
const QUESTIONS: Record<string, InjectOptions> = {
  ...Object.fromEntries(
    [
      ...['json', 'csv', 'raw', 'pickle', 'msgpack', 'svg', 'png', 'dygraph', 'rickshaw'],
      'carbonapi_v2_pb',
    ].map((format) => [`render ${format}`, { url: RENDER + format }]),
  ),
  'render carbonapi_v3_pb': v3('/render', 'v3.MultiFetchRequest', {
    metrics: [
      { name: 'servers.*.cpu.user', startTime: RENDER_NOW_S - 600, stopTime: RENDER_NOW_S },
    ],
  }),
  ...Object.fromEntries(
    ['treejson', 'completer', 'json', 'pickle', 'msgpack', 'carbonapi_v2_pb'].map((format) => [
      `find ${format}`,
      { url: `/metrics/find?query=servers.*&format=${format}` },
    ]),
  ),
  'find carbonapi_v3_pb': v3('/metrics/find', 'v3.MultiGlobRequest', { metrics: ['servers.*'] }),
  expand: { url: '/metrics/expand?query=servers.*' },
  'index.json': { url: '/metrics/index.json' },
  tags: { url: '/tags' },
  'values of a tag': { url: '/tags/dc' },
  findSeries: { url: '/tags/findSeries?expr=dc%3Dams' },
  'completed tags': { url: '/tags/autoComplete/tags' },
  'completed values': { url: '/tags/autoComplete/values?tag=dc' },
};

function v3(path: string, type: string, message: object): InjectOptions {
  return {
    method: 'POST',
    url: `${path}?format=carbonapi_v3_pb`,
    headers: { 'content-type': CARBONAPI_V3_TYPE, accept: CARBONAPI_V3_TYPE },
    payload: Buffer.from(encodeMessage(type, message)),
  };
}

describe('completeness of answers', () => {
  let whole: RenderApp;
  let lacking: RenderApp;
  let strict: RenderApp;

  before(async () => {
    whole = await renderApp();
    lacking = await renderApp({ lacksShards: true, renderCacheMs: 60_000, findCacheMs: 60_000 });
    strict = await renderApp({ lacksShards: true, failOnPartial: true });
  });
  after(() => Promise.all([whole, lacking, strict].map((app) => app.close())));

  for (const [what, question] of Object.entries(QUESTIONS)) {
    it(`is told by the answer: ${what}`, async () => {
      const all = await whole.http.inject(question);
      expect(all.statusCode, all.body).to.equal(200);
      expect(all.headers).to.include({
        'x-carbonbus-shards-asked': '1',
        'x-carbonbus-shards-answered': '1',
        // The node sends no heartbeats here.
        'x-carbonbus-shards-behind': '1',
        'x-carbonbus-shards-unfilled': '0',
        'x-carbonbus-replicas-asked': '1',
        'x-carbonbus-replicas-used': '1',
        'x-carbonbus-points-filled': '0',
        'x-carbonbus-cut-off': '0',
      });
      const some = await lacking.http.inject(question);
      expect(some.statusCode, some.body).to.equal(200);
      const { headers } = some;
      expect(headers).to.include({ 'x-carbonbus-shards-asked': '4' });
      expect(Number(headers['x-carbonbus-shards-answered'])).to.be.within(1, 3);
    });

    it(`is all or nothing where that is wanted: ${what}`, async () => {
      const refused = await strict.http.inject(question);
      expect(refused.statusCode).to.equal(503);
      const { error } = refused.json() as { error: string };
      expect(error).to.match(/no node answered for [123] of 4 shards/);
      expect(refused.headers).to.include({ 'x-carbonbus-shards-asked': '4' });
      const headers = { ...question.headers, 'x-carbonbus-require-complete': '1' };
      const asked = await lacking.http.inject({ ...question, headers });
      expect(asked.statusCode).to.equal(503);
      const all = await whole.http.inject({ ...question, headers });
      expect(all.statusCode).to.equal(200);
    });
  }

  it('is wanted, or not, by a parameter too', async () => {
    const url = `${RENDER}json`;
    expect((await lacking.http.inject({ url: `${url}&requireComplete=1` })).statusCode).to.equal(
      503,
    );
    expect((await strict.http.inject({ url: `${url}&requireComplete=0` })).statusCode).to.equal(
      200,
    );
    expect(
      (await strict.http.inject({ url: `${url}&requireComplete=perhaps` })).statusCode,
    ).to.equal(400);
  });

  it('is told where a find is cut off', async () => {
    const app = await renderApp({ cutsOff: true });
    const url = '/metrics/find?query=*.*';
    const some = await app.http.inject({ url });
    expect(some.statusCode).to.equal(200);
    expect(some.headers).to.include({ 'x-carbonbus-cut-off': '1' });
    expect(app.inquiries.counters.answersCutOff).to.equal(1);
    const refused = await app.http.inject({ url: `${url}&requireComplete=1` });
    expect(refused.statusCode).to.equal(422);
    expect((refused.json() as { error: string }).error).to.match(/more than 100000.*narrow/);
    await app.close();
  });

  it('is counted, and what is not complete is not remembered', async () => {
    const before = lacking.inquiries.counters.partialAnswers;
    for (let i = 0; i < 2; i++) await lacking.http.inject({ url: `${RENDER}json&once` });
    expect(lacking.inquiries.counters.partialAnswers).to.equal(before + 2);
    expect(lacking.cache.counters.cacheHits).to.equal(0);
  });
});
