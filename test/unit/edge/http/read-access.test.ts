import { expect } from 'chai';
import { type ReadToken, readTokenList } from '../../../../src/config/read-tokens.js';
import { type RenderApp, renderApp } from '../../../support/render-app.js';
import { RENDER_NOW_S } from '../../../support/render-evaluation.js';

const ALL = 'aaaaaaaaaaaaaaaa';
const SOME = 'bbbbbbbbbbbbbbbb';

describe('read tokens', () => {
  const both = [
    { token: ALL, prefixes: [''] },
    { token: SOME, prefixes: ['servers.web', 'disk.'] },
  ];
  let tokens: readonly ReadToken[] = both;
  let app: RenderApp;

  before(async () => {
    app = await renderApp({
      readTokens: () => tokens,
      renderCacheMs: 60_000,
    });
  });
  after(() => app.close());

  const get = (url: string, token?: string) =>
    app.http.inject({
      url,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
  const targets = async (target: string, token: string): Promise<string[]> => {
    const query = new URLSearchParams({ target, format: 'json', now: String(RENDER_NOW_S) });
    const answer = (await get(`/render?${query}`, token)).json() as { target: string }[];
    return answer.map((series) => series.target);
  };

  it('are needed for all but health, version and functions', async () => {
    for (const url of ['/render?target=a&format=json', '/metrics/find?query=*', '/tags', '/events'])
      for (const token of [undefined, 'wrong'])
        expect((await get(url, token)).statusCode, url).to.equal(401);
    for (const url of ['/lb_check', '/version', '/functions'])
      expect((await get(url)).statusCode, url).to.equal(200);
    expect((await get('/metrics/find?query=*')).headers['www-authenticate']).to.equal('Bearer');
    expect((await get('/nowhere', 'wrong')).statusCode).to.be.within(401, 404);
  });

  it('show names that begin as they say, and nothing of others', async () => {
    const glob = 'servers.*.cpu.user';
    expect(await targets(glob, ALL)).to.have.length(6);
    expect(await targets(glob, SOME)).to.deep.equal(
      [1, 2, 3, 4].map((i) => `servers.web0${i}.cpu.user`),
    );
    expect(await targets('servers.db01.cpu.user', SOME)).to.deep.equal([]);
    const found = (await get('/metrics/find?query=*', SOME)).json() as { text: string }[];
    expect(found.map(({ text }) => text)).to.deep.equal(['servers']);
    const { results } = (await get('/metrics/expand?query=servers.*', SOME)).json();
    expect(results).to.have.length(4);
  });

  it('show tags of those series alone', async () => {
    const series = "seriesByTag('dc=ams')";
    expect((await targets(series, ALL)).some((name) => name.startsWith('cpu'))).to.equal(true);
    const some = await targets(series, SOME);
    expect(some).to.have.length(2);
    expect(some.every((name) => name.startsWith('disk.used;'))).to.equal(true);
    const { values } = (await get('/tags/dc', SOME)).json();
    expect(values.map(({ count }: { count: number }) => count)).to.deep.equal([2, 2, 1]);
    expect((await get('/tags/autoComplete/values?tag=code', SOME)).json()).to.deep.equal([]);
  });

  it('are of all names where something is changed, or is about the whole cluster', async () => {
    const change = (token: string) =>
      app.http.inject({
        method: 'POST',
        url: '/tags/tagSeries',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
        payload: 'path=x;a=1',
      });
    expect((await change(SOME)).statusCode).to.equal(403);
    expect((await change(ALL)).statusCode).to.equal(200);
    expect((await get('/info?target=servers.web01.cpu.user', SOME)).statusCode).to.equal(403);
  });

  it('count from the moment when they are changed, also for remembered answers', async () => {
    const url = '/render?target=servers.*.cpu.user&format=json';
    try {
      expect((await get(url, SOME)).json()).to.have.length(4);
      tokens = [both[0], { token: SOME, prefixes: ['servers.db'] }];
      expect((await get(url, SOME)).json()).to.have.length(2);
      tokens = [both[0]];
      expect((await get(url, SOME)).statusCode).to.equal(401);
      expect((await get(url, ALL)).json()).to.have.length(6);
      tokens = [];
      expect((await get(url)).json()).to.have.length(6);
    } finally {
      tokens = both;
    }
  });

  it('are written with what they may read', () => {
    const parsed = readTokenList.parse(`${ALL}:*, ${SOME}:servers.|app.`);
    expect(parsed).to.deep.equal({
      value: [
        { token: ALL, prefixes: [''] },
        { token: SOME, prefixes: ['servers.', 'app.'] },
      ],
    });
    for (const text of ['short:*', ALL, `${ALL}:`, `${ALL}:a|`, `${ALL}:a*`, ':x'])
      expect(readTokenList.parse(text), text).to.have.property('reason');
    expect(readTokenList.parse('')).to.deep.equal({ value: [] });
  });
});
