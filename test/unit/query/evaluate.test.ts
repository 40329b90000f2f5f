import { expect } from 'chai';
import { limited } from '../../../src/edge/limited-work.js';
import { BadRequest } from '../../../src/query/bad-request.js';
import { evaluateTargets } from '../../../src/query/evaluate.js';
import type { EvaluationLimits, Turns } from '../../../src/query/evaluation.js';
import type { Need } from '../../../src/query/fetched-series.js';
import { FUNCTIONS } from '../../../src/query/functions/registry.js';
import type { Series } from '../../../src/query/series.js';
import { type Expression, parseTarget } from '../../../src/query/target.js';
import type { TimeSeries } from '../../../src/query/time-series.js';
import { UTC } from '../../../src/query/time-zone.js';

const FROM_S = 6000;
const UNTIL_S = 6600;
const STEP_S = 60;

/** A store that has each path, with the time as value, and notes what it was asked for. */
class Store {
  readonly rounds: string[][] = [];

  fetch = async (needs: readonly Need[]): Promise<Series[][]> => {
    const paths = needs.map(({ source }) => (source.type === 'path' ? source.path : ''));
    this.rounds.push(needs.map(({ window }, i) => `${paths[i]} ${window.fromS}`));
    return needs.map(({ window }, i) => {
      const startS = window.fromS + STEP_S;
      const endS = window.untilS + STEP_S;
      const count = (endS - startS) / STEP_S;
      const values = Float64Array.from({ length: count }, (_, j) => startS + j * STEP_S);
      return [{ name: paths[i], startS, endS, stepS: STEP_S, values }];
    });
  };
}

function target(text: string): Expression {
  const parsed = parseTarget(text);
  if (parsed === null || parsed instanceof BadRequest) throw new Error(`${text} is no target`);
  return parsed;
}

async function evaluated(
  texts: readonly string[],
  store = new Store(),
  limits: Partial<EvaluationLimits> = {},
  turns?: Turns,
): Promise<readonly TimeSeries[] | BadRequest> {
  const window = { fromS: FROM_S, untilS: UNTIL_S, nowS: 10_000, zone: UTC };
  const options = {
    window,
    xFilesFactor: 0,
    maxDataPoints: undefined,
    templateVariables: new Map(),
    strict: false,
    functions: FUNCTIONS,
    seed: 1,
    limits: {
      seriesMax: 100,
      pointsMax: 1000,
      callsMax: 100,
      remainingMs: () => 1,
      limited: <T>(work: () => T) => limited(work, 100),
      ...limits,
    },
    ...(turns && { turns }),
  };
  return evaluateTargets(texts.map(target), options, store.fetch);
}

async function refusal(text: string, limits?: Partial<EvaluationLimits>): Promise<string> {
  const result = await evaluated([text], new Store(), limits);
  return result instanceof BadRequest ? result.message : 'no refusal';
}

describe('evaluateTargets', () => {
  it('fetches all paths of all targets at once, each once', async () => {
    const store = new Store();
    const series = await evaluated(['a', 'sumSeries(a,scale(b,2))', 'c|absolute()'], store);
    expect(store.rounds).to.deep.equal([[`a ${FROM_S}`, `b ${FROM_S}`, `c ${FROM_S}`]]);
    if (series instanceof BadRequest) throw new Error(series.message);
    expect(series.map(({ name }) => name)).to.deep.equal([
      'a',
      'sumSeries(a,scale(b,2))',
      'absolute(c)',
    ]);
  });

  it('fetches other windows of several calls together', async () => {
    const store = new Store();
    await evaluated(["timeShift(a,'1min')", 'movingAverage(b,2)'], store);
    expect(store.rounds).to.deep.equal([
      [`a ${FROM_S}`, `b ${FROM_S}`],
      [`a ${FROM_S - 60}`, `b ${FROM_S - 120}`],
    ]);
  });

  it('goes back further for nested functions, in few rounds and calls', async () => {
    const store = new Store();
    const nested = `${'movingAverage('.repeat(6)}a${',2)'.repeat(6)}`;
    const [series] = (await evaluated([nested], store)) as TimeSeries[];
    expect(store.rounds.length).to.be.at.most(7);
    expect(series.startS).to.equal(FROM_S + STEP_S);
  });

  it('tells what is wrong, in a sentence', async () => {
    expect(await refusal('nosuch(a)')).to.match(/the function "nosuch" is not supported/);
    expect(await refusal('scale(a)')).to.match(/factor is missing: scale\(seriesList, factor\)/);
    expect(await refusal('scale(a,1,2)')).to.match(/takes 2 arguments and got 3/);
    expect(await refusal('scale(a,fac=1)')).to.match(/no argument "fac"/);
    expect(await refusal("scale(a,'x')")).to.match(/factor is "x", and must be a number/);
    expect(await refusal('scale(2,2)')).to.match(/seriesList is 2, and must be a list of series/);
    expect(await refusal("movingAverage(a,'5')")).to.match(/windowSize/);
  });

  it('keeps to the limits', async () => {
    expect(await refusal('absolute(scale(a,2))', { callsMax: 1 })).to.match(/more than 1 calls/);
    expect(await refusal('absolute(a)', { pointsMax: 9 })).to.match(/gives 10 points/);
    expect(await refusal("summarize(a,'1s')", { pointsMax: 9 })).to.match(/points, more than 9/);
    expect(await refusal('group(a,b)', { seriesMax: 1 })).to.match(/gives 2 series/);
    expect(await refusal('absolute(a)', { remainingMs: () => 0 })).to.match(/take too long/);
  });

  it('gives others their turn between calls, and comes to the same', async () => {
    const targets = ["timeShift(sumSeries(a,scale(b,2)),'1min')", 'movingAverage(scale(c,2),2)'];
    let turns = 0;
    const next = async (): Promise<void> => void turns++;
    const stepwise = await evaluated(targets, new Store(), {}, { isOver: () => true, next });
    expect(stepwise).to.deep.equal(await evaluated(targets));
    expect(turns).to.be.within(7, 20);
    const gone = async (): Promise<void> => Promise.reject(new Error('gone'));
    const given = evaluated(targets, new Store(), {}, { isOver: () => true, next: gone });
    expect(await given.catch((error: Error) => error.message)).to.equal('gone');
  });

  it('loses the variables of a template in another window, as graphite-web does', async () => {
    const store = new Store();
    await evaluated(['template(movingAverage($p.x,2),p="a")'], store);
    expect(store.rounds).to.deep.equal([[`a.x ${FROM_S}`], [`$p.x ${FROM_S - 120}`]]);
  });
});
