import { expect } from 'chai';
import { decodePickle } from '../../../../src/protocols/pickle-decoder.js';
import { plainPickle } from '../../../support/plain-pickle.js';
import { type RenderApp, renderApp } from '../../../support/render-app.js';
import { RenderDataset } from '../../../support/render-dataset.js';
import { RENDER_NOW_S } from '../../../support/render-evaluation.js';

const FORM =
  `format=pickle&local=1&noCache=1&now=${RENDER_NOW_S}` +
  `&from=${RENDER_NOW_S - 600}&until=${RENDER_NOW_S}`;

interface PickledSeries {
  name: string;
  pathExpression: string;
  start: number;
  end: number;
  step: number;
  values: (number | null)[];
}

async function ask(app: RenderApp, ...targets: string[]) {
  const asked = targets.map((target) => `target=${encodeURIComponent(target)}`).join('&');
  return app.http.inject({ url: `/render/?${FORM}&${asked}` });
}

async function series(app: RenderApp, ...targets: string[]): Promise<PickledSeries[]> {
  const answer = await ask(app, ...targets);
  expect(answer.statusCode, answer.body).to.equal(200);
  expect(answer.headers['content-type']).to.equal('application/pickle');
  const { value } = decodePickle(answer.rawPayload);
  return plainPickle(value!) as PickledSeries[];
}

/** Graphite-web asks its cluster so, of which we are a server. */
describe('a front end that asks for pickles', () => {
  it('gets all metrics for **, each once, as of that target', async () => {
    const app = await renderApp();
    const all = await series(app, '**');
    const names = all.map(({ name }) => name);
    expect(new Set(names).size).to.equal(names.length);
    expect(names.sort()).to.deep.equal(app.dataset.find('**'));
    for (const { pathExpression, start, end, step, values } of all) {
      expect(pathExpression).to.equal('**');
      expect(end - start).to.equal(step * values.length);
    }
    const both = await series(app, '**', 'edge.*');
    const ofEdge = both.filter(({ pathExpression }) => pathExpression === 'edge.*');
    expect(ofEdge.map(({ name }) => name)).to.deep.equal(app.dataset.find('edge.*'));
    expect(await series(app, 'nosuch.**')).to.deep.equal([]);
    await app.close();
  });

  it('is refused, with a sentence, what is more than a request may read', async () => {
    const { length } = new RenderDataset().find('**');
    for (const targets of [['**'], ['**', 'edge.*']]) {
      const enough = await renderApp({ limits: { renderMaxSeries: length + 20 } });
      // Folders do not count.
      expect((await ask(enough, ...targets)).statusCode).to.equal(200);
      await enough.close();
      const app = await renderApp({ limits: { renderMaxSeries: length - 1 } });
      const refused = await ask(app, ...targets);
      expect(refused.statusCode).to.equal(422);
      expect(refused.json().error).to.include(`RENDER_MAX_SERIES (${length - 1})`);
      await app.close();
    }
    const short = await renderApp({ limits: { renderMaxPoints: 100 } });
    expect((await ask(short, '**')).json().error).to.include('RENDER_MAX_POINTS (100)');
    await short.close();
  });
});
