import { expect } from 'chai';
import { limited } from '../../../src/edge/limited-work.js';
import { BadRequest } from '../../../src/query/bad-request.js';
import { evaluateTargets, type FetchSeries } from '../../../src/query/evaluate.js';
import type { Turns } from '../../../src/query/evaluation.js';
import type { FetchedAnswer, Need } from '../../../src/query/fetched-series.js';
import { FUNCTIONS } from '../../../src/query/functions/registry.js';
import type { EvaluationLimits } from '../../../src/query/request-budget.js';
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
  store: { readonly fetch: FetchSeries } = new Store(),
  limits: Partial<EvaluationLimits> = {},
  turns?: Turns,
  times = { fromS: FROM_S, untilS: UNTIL_S },
  xFilesFactor = 0,
): Promise<readonly TimeSeries[] | BadRequest> {
  const window = { ...times, nowS: 10_000, zone: UTC };
  const options = {
    window,
    xFilesFactor,
    maxDataPoints: undefined,
    templateVariables: new Map(),
    strict: false,
    functions: FUNCTIONS,
    seed: 1,
    limits: {
      seriesMax: 100,
      pointsMax: 1000,
      bytesMax: 100_000,
      callsMax: 100,
      remainingMs: () => 1,
      limited: <T>(work: () => T) => limited(work, 100),
      withinTime: <T>(work: () => T) => limited(work, 100),
      ...limits,
    },
    ...(turns && { turns }),
  };
  return evaluateTargets(texts.map(target), options, store.fetch);
}

function shown(result: readonly TimeSeries[] | BadRequest): readonly TimeSeries[] {
  if (result instanceof BadRequest) throw new Error(result.message);
  return result;
}

async function refusal(
  text: string,
  limits?: Partial<EvaluationLimits>,
  times?: { fromS: number; untilS: number },
): Promise<string> {
  const result = await evaluated([text], new Store(), limits, undefined, times);
  return result instanceof BadRequest ? result.message : 'no refusal';
}

describe('evaluateTargets', () => {
  it('asks for what may be made of series before they come, where it needs nothing else', async () => {
    const store = new Store();
    const asked: (readonly Need[])[] = [];
    const fetch = async (needs: readonly Need[]): Promise<FetchedAnswer[]> => {
      asked.push(needs);
      if (needs[0].fold === undefined) return store.fetch(needs);
      const values = Float64Array.of(30, 0, 12);
      const missing = Uint32Array.of(0, 4, 2);
      return [{ startS: 60, endS: 240, stepS: 60, count: 4, values, missing }];
    };
    const [average] = shown(await evaluated(["alias(averageSeries(a.*),'x')"], { fetch }));
    expect(asked[0][0].fold).to.equal('sum');
    expect(average.name).to.equal('x');
    expect([...average.values]).to.deep.equal([7.5, Number.NaN, 6]);
    expect(Object.fromEntries(average.tags)).to.deep.equal({
      ...{ name: 'averageSeries(a.*)', aggregatedBy: 'average' },
    });
    const [highest] = shown(await evaluated(['maxSeries(a.*)|scale(2)'], { fetch }));
    expect(asked[1][0].fold).to.equal('max');
    expect([...highest.values]).to.deep.equal([60, Number.NaN, 24]);
    for (const targets of [
      ['sumSeries(a.*)', 'maxSeries(a.*)'],
      ['sumSeries(a.*)', 'a.*'],
      ['sumSeries(a.*,b.*)'],
      ['medianSeries(a.*)'],
    ]) {
      asked.length = 0;
      await evaluated(targets, { fetch });
      const folds = asked.flat().flatMap(({ fold }) => fold ?? []);
      expect(folds, targets.join(' ')).to.deep.equal([]);
      const paths = store.rounds.at(-1) ?? [];
      expect(new Set(paths).size, targets.join(' ')).to.equal(paths.length);
    }
  });

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
    const pointsMax = 10_000_000;
    const years = 'identity("x")';
    const long = { fromS: 0, untilS: 3600 * 24 * 3650 };
    expect(await refusal(years, { pointsMax }, long)).to.match(/points, more than 600000/);
    const halfYear = { fromS: 0, untilS: 3600 * 24 * 180 };
    const many = Array.from({ length: 9 }, (_, i) => `identity("x${i}")`).join(',');
    const roomy = { pointsMax, bytesMax: 1e9 };
    expect(await refusal(`group(${many})`, roomy, halfYear)).to.match(/make up more than 2000000/);
  });

  it('holds what a call gives, and no longer what it was given', async () => {
    const bytesMax = 3 * 10 * 8;
    const chain = 'absolute(scale(offset(absolute(scale(a,2)),1),2))';
    expect(await refusal(chain, { bytesMax })).to.equal('no refusal');
    expect(await refusal(chain, { bytesMax: bytesMax - 1 })).to.match(/RENDER_MAX_BYTES/);
    expect(await refusal('group(a,b,c,d)', { bytesMax })).to.match(/hold more than 240 bytes/);
  });

  it('ends a call that takes longer than the request may', async function () {
    this.timeout(60_000);
    const limits = { pointsMax: 1e7, bytesMax: 1e9 };
    const long = { fromS: 0, untilS: 1_000_000 * STEP_S };
    const slow = (limitMs: number) => {
      const withinTime = <T>(work: () => T) => limited(work, limitMs);
      return refusal('movingMedian(a,200)', { ...limits, withinTime }, long);
    };
    expect(await slow(20)).to.match(/RENDER_TIMEOUT/);
    expect(await slow(60_000)).to.equal('no refusal');
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

  it('gives lines that it draws itself the factor of the request', async () => {
    const lines = ['constantLine(5)', 'threshold(5)', "verticalLine('01:42_19700101')"];
    const counted = ['aggregateLine(a)', 'countSeries()'];
    const times = { fromS: FROM_S, untilS: UNTIL_S };
    const result = await evaluated([...lines, ...counted], undefined, {}, undefined, times, 0.2);
    const factors = shown(result).map(({ xFilesFactor }) => xFilesFactor);
    expect(factors).to.deep.equal([0.2, 0.2, 0.2, 0.2, 0.2]);
  });

  it('loses the variables of a template in another window, as graphite-web does', async () => {
    const store = new Store();
    await evaluated(['template(movingAverage($p.x,2),p="a")'], store);
    expect(store.rounds).to.deep.equal([[`a.x ${FROM_S}`], [`$p.x ${FROM_S - 120}`]]);
  });
});
