import { expect } from 'chai';
import { DrawingPool } from '../../../../src/edge/drawing/drawing-pool.js';
import { eventually } from '../../../support/cluster.js';
import { freePort } from '../../../support/free-port.js';
import { type RenderApp, renderApp } from '../../../support/render-app.js';

const SILENT = 'carbonbus.node.node1.request';

describe('requests that nobody waits for', () => {
  let app: RenderApp;

  before(async () => {
    app = await renderApp();
  });
  after(() => app.close());

  it('end when the client goes away, on the nodes too, and are counted', async () => {
    const port = await freePort();
    await app.http.listen({ host: '127.0.0.1', port, setting: 'HTTP_PORT' });
    const cancelled: string[] = [];
    app.bus.subscribe(SILENT, (bytes) => cancelled.push(Buffer.from(bytes).toString('latin1')));
    const base = `http://127.0.0.1:${port}`;
    expect((await fetch(`${base}/render?target=servers.*.cpu.user&format=json`)).status).to.equal(
      200,
    );
    app.bus.silent.add(SILENT);
    const paths = [
      '/render?target=servers.*.cpu.user&format=json',
      '/render?target=servers.web01.cpu.user&format=png',
      '/metrics/find?query=servers.*',
      '/metrics/expand?query=servers.*',
      '/tags/findSeries?expr=dc%3Dams',
    ];
    for (const [i, path] of paths.entries()) {
      const asked = app.bus.requests.length;
      const client = new AbortController();
      const answer = fetch(base + path, { signal: client.signal }).catch(() => 'gone');
      await eventually(5_000, 'the node to be asked', () => app.bus.requests.length > asked);
      client.abort();
      expect(await answer).to.equal('gone');
      const { counters } = app.inquiries;
      await eventually(5_000, `${path} to end`, () => counters.requestsAbandoned === i + 1);
      expect(cancelled.length, path).to.equal(i + 1);
      expect(cancelled[i]).to.contain('cancel');
    }
    app.bus.silent.clear();
    await fetch(`${base}/metrics/find?query=servers.*`);
    expect(app.inquiries.counters.requestsAbandoned).to.equal(paths.length);
  });

  it('are drawn no more', async () => {
    const pool = new DrawingPool();
    const client = new AbortController();
    const drawing = { series: [] } as unknown as Parameters<DrawingPool['draw']>[0];
    const drawn = pool.draw(drawing, client.signal).catch((error) => error.code);
    client.abort();
    expect(await drawn).to.equal('CLIENT_GONE');
    await pool.close();
  });
});
