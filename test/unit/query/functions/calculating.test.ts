import { expect } from 'chai';
import { BadRequest } from '../../../../src/query/bad-request.js';
import type { TimeSeries } from '../../../../src/query/time-series.js';
import { UTC } from '../../../../src/query/time-zone.js';
import { evaluateOver } from '../../../support/targets.js';

const STORE = {
  a: [1, null, 3, 4, 5],
  b: [10, 20, 30, 40, 50],
  c: [-5, -5, -5, -5, -5],
  empty: [null, null, null, null, null],
  line: [1, 3, 5, 7, null],
  times: (fromS: number) => [fromS, fromS + 60],
  /** The first has no value where its bands end, the second has. */
  'short.1': (fromS: number) => (fromS < 600 ? [1, 1, 1, 1, 1, 1] : [1, null]),
  'short.2': (fromS: number) => (fromS < 600 ? [1, 1, 1, 1, 1, 1] : [1, 2]),
};

async function series(...targets: string[]): Promise<readonly TimeSeries[]> {
  const result = await evaluateOver(STORE, targets);
  if (result instanceof BadRequest) throw result;
  return result;
}

async function values(target: string): Promise<number[]> {
  return [...(await series(target))[0].values];
}

async function names(target: string): Promise<string[]> {
  return (await series(target)).map(({ name }) => name);
}

async function refusal(target: string): Promise<string> {
  const result = await evaluateOver(STORE, [target]);
  return result instanceof BadRequest ? result.message : 'no refusal';
}

describe('functions', () => {
  it('holtWintersAberration needs bands where there are values', async () => {
    const of = (name: string) => `holtWintersAberration(${name},3,'5min','2min')`;
    expect(await values(of('short.1'))).to.deep.equal([0, 0]);
    expect(await refusal(of('short.2'))).to.match(/is not kept for the interval before/);
  });

  it('linearRegression has nothing to go by where its source has no length', async () => {
    expect(await series("linearRegression(a,'-1h','-1h')")).to.deep.equal([]);
    expect(await refusal("linearRegression(a,'-1h','-2h')")).to.match(/ends before it begins/);
  });

  it('moving windows of any size answer or are refused at once', async () => {
    expect(await refusal('movingAverage(a,-1000000000)')).to.match(/must not be less than 0/);
    expect(await refusal('movingMedian(a,1000000000000)')).to.match(/out of range/);
    expect(await refusal("movingWindow(a,2,'p101')")).to.match(/no aggregation "p101"/);
    expect(await refusal('exponentialMovingAverage(a,-1)')).to.match(/must not be less than 0/);
    expect(await refusal('stdev(a,0)')).to.match(/must be 1 or more/);
    const [wide] = await series('movingSum(a,100000)');
    expect(wide.values).to.have.length(0);
  });

  it('movingWindow takes percentiles', async () => {
    expect(await values("movingWindow(b,2,'p75')")).to.deep.equal([27.5, 37.5, 47.5]);
  });

  describe('randomWalk', () => {
    const WALK = "randomWalk('w',60)";

    it('is the same one throughout a request, and another for another name', async () => {
      const [one, late] = await series(WALK, `group(timeShift(a,'1min'),${WALK})|grep('^w$')`);
      expect([...late.values]).to.deep.equal([...one.values]);
      expect(await values("randomWalk('other',60)")).not.to.deep.equal([...one.values]);
    });

    it('steps by less than a half', async () => {
      const walk = await values(WALK);
      expect(walk).to.have.length(10);
      walk.slice(1).forEach((value, i) => {
        expect(Math.abs(value - walk[i]))
          .to.be.at.most(0.5)
          .and.above(0);
      });
    });
  });

  it('synthetic series have no more points than a request may', async () => {
    expect(await refusal("time('t',0)")).to.match(/a second or more/);
    expect(await refusal("sin('t',1,2.5)")).to.match(/whole number/);
    const window = { fromS: 0, untilS: 1e9, nowS: 1e9, zone: UTC };
    const long = await evaluateOver(STORE, ["identity('t')"], window);
    expect(long)
      .to.be.instanceOf(BadRequest)
      .with.property('message')
      .that.matches(/points/);
  });

  it('what setXFilesFactor says goes for sums of its series too', async () => {
    const sums = await values('sumSeries(setXFilesFactor(a,1),b)');
    expect(sums).to.deep.equal([11, Number.NaN, 33, 44, 55]);
    expect(await values('sumSeries(a,b)')).to.deep.equal([11, 20, 33, 44, 55]);
  });

  it('baselines are medians of other times', async () => {
    expect(await values("baseline(times,'1h',1,4)")).to.deep.equal([600 - 7200, 660 - 7200]);
    const [aberration] = await values("baselineAberration(times,'1h',1,2)");
    expect(aberration).to.be.closeTo(600 / -3000, 1e-12);
    expect(await names("baseline(empty,'1h',1,4,50)")).to.deep.equal([]);
    expect(await names("baseline(b,'1h',1,4,50,31)")).to.deep.equal([]);
    expect(await refusal("baseline(b,'1s',1,10000)")).to.match(/more than 366/);
  });

  it('polyfit finds the line that values are on, and goes on with it', async () => {
    const fitted = await values("polyfit(line,1,'2min')");
    [1, 3, 5, 7, 9, 11, 13].forEach((value, i) => {
      expect(fitted[i]).to.be.closeTo(value, 1e-9);
    });
    expect(await names('polyfit(line,7)')).to.deep.equal([]);
    expect(await refusal('polyfit(line,99)')).to.match(/1 to 20/);
    expect(await refusal("polyfit(line,1,'900y')")).to.match(/points/);
  });

  it('comparisons of two series want one each, and a sensible window', async () => {
    const [first, , , fourth] = await values('pearson(a,b,2)');
    expect(first, 'before a window is full').to.be.NaN;
    expect(fourth).to.be.closeTo(1, 1e-12);
    expect(await refusal('pearson(group(a,b),b,2)')).to.match(/must be one series/);
    expect(await refusal('ksTest2(a,b,0)')).to.match(/must be 1 or more/);
    expect((await values('ksTest2(a,empty,2)')).every(Number.isNaN)).to.equal(true);
  });

  it('percentiles of values that are not there, and per cents that are none, are refused', async () => {
    expect(await refusal('nPercentile(a,0)')).to.match(/above 0, at most 100/);
    expect(await refusal('removeAbovePercentile(a,101)')).to.match(/above 0, at most 100/);
    expect(await refusal('removeBelowPercentile(a,0)')).to.match(/above 0, at most 100/);
    expect(await names('averageOutsidePercentile(group(a,b,c),0)')).to.deep.equal(['b', 'c']);
    expect(await refusal('averageOutsidePercentile(group(a,empty),30)')).to.match(/has no values/);
    expect(await refusal('removeBetweenPercentile(group(a,b),30)')).to.match(/at all times/);
    expect(await names('averageOutsidePercentile(group(a,b,c),100)')).to.deep.equal(['b', 'c']);
  });

  it('graphiteWeb says that it is not needed', async () => {
    expect(await refusal('graphiteWeb(a)')).to.match(/not supported.*are here/);
  });

  it('patterns that take too long are ended', async () => {
    const name = `alias(a,'${'a'.repeat(60)}!')`;
    for (const filter of ['grep', 'exclude'])
      expect(await refusal(`${filter}(${name},'^(a+)+$')`)).to.match(/takes too long/);
    expect(await refusal(`useSeriesAbove(b,1,'(','x')`)).to.match(/pattern/);
  });

  it('seasons shorter than two points are refused', async () => {
    expect(await refusal("holtWintersForecast(b,'5min','1min')")).to.match(
      /shorter than two points/,
    );
    expect(await refusal("holtWintersForecast(b,'-5min','5min')")).to.match(/must not be negative/);
  });
});
