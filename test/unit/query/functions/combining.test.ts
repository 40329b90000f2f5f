import { expect } from 'chai';
import { BadRequest } from '../../../../src/query/bad-request.js';
import type { TimeSeries } from '../../../../src/query/time-series.js';
import { evaluateOver } from '../../../support/targets.js';

const STORE = {
  'errors.web.1': [1, null, 3],
  'errors.web.2': [4, 4, 4],
  'hits.web.1': [10, 20, null],
  'hits.web.2': [8, 8, 0],
  'hits.web.3': [5, 5, 5],
  'up;dc=a': [1, 2, 2],
  'up;dc=b': [2, 2, null],
};

async function series(target: string): Promise<readonly TimeSeries[]> {
  const result = await evaluateOver(STORE, [target]);
  if (result instanceof BadRequest) throw result;
  return result;
}

async function refusal(target: string): Promise<string> {
  const result = await evaluateOver(STORE, [target]);
  return result instanceof BadRequest ? result.message : 'no refusal';
}

const shown = (all: readonly TimeSeries[]) => all.map(({ name, values }) => [name, [...values]]);

describe('functions', () => {
  it('combine under the names that carbonapi gives them', async () => {
    expect(shown(await series('count(errors*)'))).to.deep.equal([
      ['countSeries(errors*)', [2, 1, 2]],
    ]);
    expect(shown(await series('var(errors.web.2,hits.web.2)'))).to.deep.equal([
      ['varSeries(errors.web.2,hits.web.2)', [4, 4, 4]],
    ]);
    const [first] = await series('first(errors.web.1,hits.web.1)');
    expect([...first.values]).to.deep.equal([1, 20, 3]);
  });

  it('a share of known values that was an argument goes for that call alone', async () => {
    const whole = "aggregate(errors*,'sum',1)";
    expect(shown(await series(whole))[0][1]).to.deep.equal([5, Number.NaN, 7]);
    const [sum] = await series(`sumSeries(${whole},hits.web.2)`);
    expect([...sum.values]).to.deep.equal([13, 8, 7]);
    const pairs = await series("aggregateSeriesLists(errors.web.1,errors.web.2,'sum',1)");
    expect([...pairs[0].values]).to.deep.equal([5, Number.NaN, 7]);
    const all = `sumSeries(setXFilesFactor(${whole},1),hits.web.2)`;
    expect([...(await series(all))[0].values], 'of the target').to.deep.equal([13, Number.NaN, 7]);
  });

  it('countValues counts the series that have each value', async () => {
    expect(shown(await series('countValues(up*)'))).to.deep.equal([
      ['1', [1, 0, 0]],
      ['2', [1, 2, 1]],
    ]);
    expect(await refusal('countValues(up*,1)')).to.match(/more than 1 different values/);
    expect(await refusal('countValues(up*,100000000)')).to.match(/points/);
  });

  it('percentiles aggregate the values of a series, but not several series', async () => {
    const [half] = await series("summarize(hits.web.1,'5min','p50',true)");
    expect([...half.values]).to.deep.equal([15]);
    const [most] = await series("summarize(errors.web.1,'5min','p99.9',true)");
    expect(most.values[0]).to.be.closeTo(2.998, 1e-9);
    expect(await refusal("aggregate(hits*,'p50')")).to.match(/no aggregation "p50" of several/);
    expect(await refusal("summarize(hits.web.1,'5min','p101')")).to.match(/no aggregation/);
  });

  it('asPercent with nodes shows what has no partner as null, if there is anything to show', async () => {
    expect(shown(await series('asPercent(errors*,hits*,2)'))).to.deep.equal([
      ['asPercent(errors.web.1,hits.web.1)', [10, Number.NaN, Number.NaN]],
      ['asPercent(errors.web.2,hits.web.2)', [50, 50, Number.NaN]],
      ['asPercent(MISSING,hits.web.3)', [Number.NaN, Number.NaN, Number.NaN]],
    ]);
    expect(await refusal('asPercent(errors*,hits.web.3,2)')).to.match(
      /nothing with the same nodes/,
    );
    expect(await refusal('asPercent(errors*,5,2)')).to.match(/total must be series/);
  });

  it('groupByTags refuses a series that lacks a tag', async () => {
    expect(shown(await series("groupByTags(up*,'sum','dc')")).map(([name]) => name)).to.deep.equal([
      'up;dc=a',
      'up;dc=b',
    ]);
    expect(await refusal("groupByTags(up*,'sum','zone')")).to.match(/lacks one of the tags/);
    expect(await refusal("groupByTags(up*,'sum')")).to.match(/no tags/);
  });

  it('reduceSeries refuses lists that mapSeries did not make, or that lack a series', async () => {
    expect(await refusal("reduceSeries(hits*,'sum',0,'hits')")).to.match(/as mapSeries makes them/);
    const target = "reduceSeries(mapSeries(hits*,2),'divideSeries',0,'hits','errors')";
    expect(await refusal(target)).to.match(/no series for "errors"/);
  });

  it('lists of series are good for reduceSeries alone', async () => {
    for (const call of [
      'sumSeries(LISTS)',
      'absolute(LISTS)',
      'alias(LISTS,"x")',
      'LISTS|limit(1)',
    ])
      expect(await refusal(call.replace('LISTS', 'mapSeries(hits*,0)'))).to.match(/only good for/);
    expect(await series('sumSeries(mapSeries(none*,0))')).to.deep.equal([]);
  });

  it('more groups than a request may make calls', async () => {
    const names = Array.from({ length: 2000 }, (_, i) => `host.${i}`);
    const store = Object.fromEntries(names.map((name) => [name, [1]]));
    const result = await evaluateOver(store, ["groupByNode(host*,1,'sum')"]);
    expect(result).to.have.lengthOf(2000);
  });

  it('a function that takes a whole list is refused where it cannot be called with it alone', async () => {
    expect(await refusal("groupByNode(hits*,1,'scale')")).to.match(/factor is missing/);
    expect(await refusal("groupByNode(hits*,1,'nope')")).to.match(/"nope" is not supported/);
    expect(await refusal("applyByNode(hits*,7,'%.x')")).to.match(/has no node 7/);
  });

  it('seriesByTag stands in names as it was written', async () => {
    const [sum] = await series(`sumSeries( seriesByTag("dc=a" ,'name=up') )`);
    expect(sum.name).to.equal(`sumSeries(seriesByTag("dc=a" ,'name=up'))`);
  });
});
