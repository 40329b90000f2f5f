import { expect } from 'chai';
import type { RenderLimits } from '../../../../src/actors/query/evaluation-options.js';
import { renderApp } from '../../../support/render-app.js';
import { RENDER_NOW_S } from '../../../support/render-evaluation.js';

const WINDOW = `from=${RENDER_NOW_S - 3600}&until=${RENDER_NOW_S}&now=${RENDER_NOW_S}`;
const GLOB = 'servers.*.cpu.user';

/** A limit, what keeps to it and what does not, and what is said then. */
const LIMITS: [
  limit: Partial<RenderLimits>,
  good: string,
  bad: string,
  status: number,
  says: RegExp,
][] = [
  [{ renderMaxSeries: 3 }, 'servers.db*.cpu.user', GLOB, 422, /RENDER_MAX_SERIES \(3\)/],
  [{ renderMaxPoints: 120 }, 'servers.db*.cpu.user', GLOB, 422, /RENDER_MAX_POINTS \(120\)/],
  [
    { renderMaxCalls: 2 },
    `absolute(${GLOB})`,
    `absolute(scale(offset(${GLOB},1),2))`,
    400,
    /RENDER_MAX_CALLS/,
  ],
  [
    { renderMaxBytes: 6000 },
    `sumSeries(${GLOB})`,
    `group(${GLOB},scale(${GLOB},2))`,
    400,
    /RENDER_MAX_BYTES/,
  ],
  [{ renderMaxSeries: 8 }, GLOB, `${GLOB}&target=${GLOB}`, 400, /12 series, more than 8/],
  [{ renderTimeoutMs: 0 }, GLOB, `absolute(${GLOB})`, 400, /RENDER_TIMEOUT/],
];

describe('limits of a request to /render', () => {
  for (const [limits, good, bad, status, says] of LIMITS) {
    const [limit] = Object.keys(limits);
    const refuses = async (longPoints: number) => {
      const app = await renderApp({ limits, longPoints });
      const ask = (target: string) =>
        app.http.inject({ url: `/render?target=${target}&${WINDOW}&format=json` });
      const answer = await ask(good);
      expect(answer.statusCode, answer.body).to.equal(200);
      const refused = await ask(bad);
      expect(refused.statusCode, refused.body.slice(0, 200)).to.equal(status);
      expect((refused.json() as { error: string }).error).to.match(says);
      await app.close();
    };
    it(`refuse with a sentence that names the setting: ${limit}`, () =>
      refuses(Number.POSITIVE_INFINITY));
    it(`do so in the pool as well: ${limit}`, () => refuses(0));
  }

  it('do not let targets make up points without end', async () => {
    const app = await renderApp();
    for (const target of ['identity("x")', 'sin("x",1,1)', 'randomWalk("x")', 'events("*")']) {
      const url = `/render?target=${target}&from=0&until=${RENDER_NOW_S}&now=${RENDER_NOW_S}&format=json`;
      const refused = await app.http.inject({ url });
      expect(refused.statusCode, target).to.equal(400);
      expect((refused.json() as { error: string }).error).to.match(/more than 600000/);
    }
    await app.close();
  });
});
