import { expect } from 'chai';
import { type RenderApp, renderApp } from '../../../support/render-app.js';
import { RENDER_NOW_S } from '../../../support/render-evaluation.js';

const HOUR_S = 3_600;
const WEEK_S = 168 * HOUR_S;
const GLOB = 'servers.*.cpu.user';
const NESTED = `applyByNode(${GLOB},1,"sumSeries(applyByNode(${GLOB},1,'sumSeries(${GLOB})'))")`;

describe('requests whose functions have much to do', function () {
  this.timeout(30_000);
  let app: RenderApp;

  beforeEach(async () => {
    app = await renderApp({ longPoints: 100_000 });
  });
  afterEach(() => app.close());

  async function isPooled(target: string, seconds: number): Promise<boolean> {
    const before = app.pool.counters.longRenders;
    const window = `from=${RENDER_NOW_S - seconds}&until=${RENDER_NOW_S}&now=${RENDER_NOW_S}`;
    const url = `/render?target=${encodeURIComponent(target)}&${window}&format=json`;
    const answer = await app.http.inject({ url });
    expect(answer.statusCode, answer.body.slice(0, 200)).to.equal(200);
    return app.pool.counters.longRenders > before;
  }

  it('are evaluated in the pool, however little they fetch', async () => {
    for (const target of [
      'randomWalk("x",5)',
      'fft(randomWalk("x",10))',
      `movingMedian(randomWalk("x",20),100)`,
      'movingWindow(randomWalk("x",20),100,"median")',
    ])
      expect(await isPooled(target, WEEK_S), target).to.equal(true);
    const calls = Array.from({ length: 2_500 }, (_, i) => `constantLine(${i})`);
    expect(await isPooled(`group(${calls.join(',')})`, HOUR_S)).to.equal(true);
  });

  it('are evaluated at once where that is little', async () => {
    for (const target of [
      'randomWalk("x",60)',
      `sumSeries(${GLOB})`,
      `movingMedian(${GLOB},5)`,
      NESTED,
    ])
      expect(await isPooled(target, HOUR_S), target).to.equal(false);
  });
});
