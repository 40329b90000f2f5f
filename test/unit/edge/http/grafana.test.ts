import { expect } from 'chai';
import { type RenderApp, renderApp } from '../../../support/render-app.js';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const NOW = '1700000000';

interface Shown {
  target: string;
  datapoints: [number | null, number][];
}

/** What Grafana's data source for Graphite sends, version 1.1 chosen, and what it reads from the answers. */
describe('Grafana as a client', () => {
  let app: RenderApp;

  before(async () => {
    app = await renderApp();
  });
  after(() => app.close());

  const get = (url: string) => app.http.inject({ url });
  const post = (url: string, params: [string, string][]) =>
    app.http.inject({
      method: 'POST',
      url,
      headers: { ...FORM, 'x-dashboard-id': '7', 'x-panel-id': '2', 'x-grafana-org-id': '1' },
      payload: new URLSearchParams(params).toString(),
    });
  const query = (targets: string[], more: [string, string][] = []) =>
    post('/render', [
      ['from', '1699999400'],
      ['until', NOW],
      ['format', 'json'],
      ['maxDataPoints', '1072'],
      ...more,
      ...targets.map((target): [string, string] => ['target', target]),
    ]);

  it('asks for the version', async () => {
    const answer = await get('/version');
    expect(answer.body.trim()).to.match(/^1\.1\.\d+$/);
  });

  it('tests the data source with a constant, or with a find in older releases', async () => {
    const tested = await post('/render', [
      ['from', '-1h'],
      ['until', 'now'],
      ['format', 'json'],
      ['maxDataPoints', '100'],
      ['target', 'constantLine(100)'],
    ]);
    expect(tested.statusCode).to.equal(200);
    expect((tested.json() as Shown[])[0].datapoints[0][0]).to.equal(100);
    expect((await get('/metrics/find?query=*')).json()).to.have.length.above(3);
  });

  it('wraps targets so that each series tells its query', async () => {
    const wrapped = (target: string, refId: string) =>
      `aliasSub(${target}, "(^.*$)", "\\1 ${refId}")`;
    const answer = await query([
      wrapped('servers.web0{1,2}.cpu.user', 'A'),
      wrapped("alias(servers.web01.cpu.user, 'one')", 'B'),
      wrapped("seriesByTag('name=cpu.load', 'dc=ams')", 'C'),
    ]);
    const targets = (answer.json() as Shown[]).map(({ target }) => target);
    expect(targets).to.deep.equal([
      'servers.web01.cpu.user A',
      'servers.web02.cpu.user A',
      'one B',
      'cpu.load;dc=ams;env=prod;host=a1 C',
      'cpu.load;dc=ams;env=prod;host=a2 C',
      'cpu.load;dc=ams;env=stage;host=a3 C',
    ]);
  });

  it('reads an array of series with points of value and seconds', async () => {
    const [series] = (await query(['servers.web01.cpu.user'])).json() as Shown[];
    expect(series).to.have.keys('target', 'tags', 'datapoints');
    for (const [value, timeS] of series.datapoints) {
      expect(value === null || typeof value === 'number').to.equal(true);
      expect(timeS).to.be.within(1_699_999_400, 1_700_000_060);
    }
  });

  it('fills variables by find and expand', async () => {
    const found = await post('/metrics/find?from=-6h&until=now', [['query', 'servers.*']]);
    expect(found.json()).to.deep.include({
      text: 'db01',
      id: 'servers.db01',
      allowChildren: 1,
      expandable: 1,
      leaf: 0,
    });
    const older = await get('/metrics/find?query=servers.*&from=-6h&until=now');
    expect(older.json()).to.deep.equal(found.json());
    const { results } = (await get('/metrics/expand?query=servers.web0*')).json();
    expect(results).to.deep.equal([1, 2, 3, 4].map((i) => `servers.web0${i}`));
  });

  it('completes tags, and fills variables by them', async () => {
    const more = 'limit=10000&from=-6h&until=now';
    const tags = await get(`/tags/autoComplete/tags?expr=name%3Dcpu.load&${more}`);
    expect(tags.json()).to.deep.equal(['dc', 'env', 'host']);
    const values = await get(`/tags/autoComplete/values?tag=dc&expr=name%3Dcpu.load&${more}`);
    expect(values.json()).to.deep.equal(['ams', 'fra']);
    const typed = await get('/tags/autoComplete/tags?tagPrefix=d&limit=100');
    expect(typed.json()).to.deep.equal(['dc', 'device']);
  });

  it('reads functions as text, and finds what its editor needs of each', async () => {
    const { body } = await get('/functions');
    const functions = JSON.parse(body.replace(/"default": ?Infinity/g, '"default": 1e9999'));
    for (const [name, info] of Object.entries<Record<string, unknown>>(functions)) {
      expect(info).to.include.keys('name', 'function', 'description', 'module', 'group', 'params');
      expect(info.name).to.equal(name);
      for (const param of info.params as object[]) expect(param).to.include.keys('name', 'type');
    }
    expect(functions.aliasSub.params).to.have.length(3);
    expect(functions.interpolate.params[1].default).to.equal(Infinity);
  });

  it('shows events as annotations', async () => {
    const events = (
      await get('/events/get_data?from=1699990000&until=1700000000&tags=deploy')
    ).json();
    expect(events).to.deep.equal([
      { when: 1_699_999_500, what: 'Deploy web', data: 'v1.2', tags: ['deploy', 'web'], id: 1 },
      { when: 1_699_999_500, what: 'Deploy db', data: '', tags: ['deploy', 'db'], id: 2 },
    ]);
  });

  it('shows the sentence of an error', async () => {
    const answer = await query(['aliasSub(nosuch(servers.web01.cpu.user), "(^.*$)", "\\1 A")']);
    expect(answer.statusCode).to.equal(400);
    expect(answer.json().error).to.contain('nosuch');
  });
});
