import { expect } from 'chai';
import { BadRequest } from '../../../../src/query/bad-request.js';
import { renderJson } from '../../../../src/query/json.js';
import type { TimeSeries } from '../../../../src/query/time-series.js';
import { timeZone } from '../../../../src/query/time-zone.js';
import { evaluateOver, WINDOW } from '../../../support/targets.js';

const HOUR_S = 3600;
const DAY_S = 86_400;

const STORE = {
  a: [1, null, 3],
  b: [10, 20, null],
  longer: [null, 1, 1, 1, 1],
  'app.65_1.hits': [1, 2, 3],
  'app.65_2.hits': [4, 5, 6],
  'app.66_0.hits': [7, 8, 9],
  'marks.65_1': [1, null, null],
  'marks.65_2': [null, 1, null],
  'marks.66_0': [null, null, 1],
  'aGVsbG8=': [1],
  times: (fromS: number) => [fromS],
};

async function series(...targets: string[]): Promise<readonly TimeSeries[]> {
  const result = await evaluateOver(STORE, targets);
  if (result instanceof BadRequest) throw result;
  return result;
}

async function refusal(target: string): Promise<string> {
  const result = await evaluateOver(STORE, [target]);
  return result instanceof BadRequest ? result.message : 'no refusal';
}

describe('functions', () => {
  describe('stacked', () => {
    it('goes on from earlier targets, also where those are fetched in a later round', async () => {
      const [, one, two] = await series("timeShift(a,'1min')", 'stacked(a)', 'stacked(b)');
      expect([...one.values]).to.deep.equal([1, Number.NaN, 3]);
      expect([...two.values]).to.deep.equal([11, 20, Number.NaN]);
      const [late, later] = await series("stacked(timeShift(a,'1min'))", 'stacked(b)');
      expect([late.values[2], later.values[0]]).to.deep.equal([3, 11]);
    });

    it('keeps stacks of different names apart', async () => {
      const [, two, three] = await series("stacked(a,'x')", "stacked(b,'y')", "stacked(b,'x')");
      expect([two.name, two.values[0], three.values[0]]).to.deep.equal(['b', 10, 11]);
    });

    it('is shifted in time like any other', async () => {
      const [shifted] = await series("timeShift(stacked(a),'1min')");
      expect([...shifted.values]).to.deep.equal([1, Number.NaN, 3]);
    });
  });

  it('timeShift with alignDST shows the same hour of the day', async () => {
    const zone = timeZone('Europe/Berlin') ?? WINDOW.zone;
    const shifts = async (fromS: number, span: string): Promise<number> => {
      const window = { ...WINDOW, zone, fromS, untilS: fromS + 600, nowS: fromS + 600 };
      const target = `timeShift(times,'${span}',true,true)`;
      const result = await evaluateOver(STORE, [target], window);
      return result instanceof BadRequest ? Number.NaN : result[0].values[0] - fromS;
    };
    // Clocks were put back on 29 October.
    const november = Date.UTC(2023, 10, 1, 12) / 1000;
    const july = Date.UTC(2023, 6, 1, 12) / 1000;
    expect(await shifts(november, '7d')).to.equal(-7 * DAY_S - HOUR_S);
    expect(await shifts(november, '1d')).to.equal(-DAY_S);
    expect(await shifts(july, '180d')).to.equal(-180 * DAY_S + HOUR_S);
    const across = Date.UTC(2023, 9, 29, 0, 55) / 1000;
    expect(await shifts(across, '7d'), 'clocks are put back within').to.equal(-7 * DAY_S);
  });

  it('timeShiftByMetric lays versions over the last one', async () => {
    const moved = await series('timeShiftByMetric(app.*,marks.*,1)');
    expect(moved.map(({ name, startS }) => [name, startS])).to.deep.equal([
      ['timeShiftByMetric(app.65_2.hits)', 720],
      ['timeShiftByMetric(app.66_0.hits)', 660],
    ]);
    expect(await refusal('timeShiftByMetric(a,marks.*,1)')).to.match(/two series or more/);
    expect(await refusal('timeShiftByMetric(app.*,app.*,9)')).to.match(/no two versions/);
  });

  it('scaleAfterTimestamp leaves what is older', async () => {
    const [scaled] = await series('scaleAfterTimestamp(b,-2.5,720)');
    expect([scaled.name, ...scaled.values]).to.deep.equal([
      'scale(b,-2.5,720)',
      10,
      -50,
      Number.NaN,
    ]);
  });

  it('aliasByBase64 leaves what is none', async () => {
    const names = (await series('aliasByBase64(aGVsbG8=)', 'aliasByBase64(a)')).map(
      ({ name }) => name,
    );
    expect(names).to.deep.equal(['hello', 'a']);
  });

  it('functions of outside databases say so', async () => {
    expect(await refusal("aliasByRedis(a,'key')")).to.match(/not supported.*use aliasSub/);
    expect(await refusal("aliasByPostgres(a,'db','key',1)")).to.match(
      /not supported.*use aliasSub/,
    );
  });

  it('a regular expression is ended when it takes too long', async () => {
    const name = `${'a'.repeat(60)}!`;
    const target = `aliasSub(alias(a,'${name}'),'^(a+)+$','x')`;
    expect(await refusal(target)).to.match(/takes too long/);
    expect(await refusal("aliasSub(a,'(','x')")).to.match(/pattern/);
    expect(await refusal("aliasSub(a,'a','\\9')")).to.match(/no group 9/);
  });

  it('counts points in whole numbers', async () => {
    expect(await refusal('delay(a,2.5)')).to.match(/steps is 2.5, and must be a whole number/);
    expect(await refusal('delay(a,1.0)')).to.match(/steps is 1.0, and must be a whole number/);
    expect((await series("time('t',120.0)"))[0].stepS).to.equal(120);
    expect(await refusal("time('t',62.5)")).to.match(/step is 62.5, and must be a whole number/);
    expect((await series('delay(a,1)'))[0].values.slice(1)).to.deep.equal(
      Float64Array.of(1, Number.NaN),
    );
  });

  it('takes a text for a boolean', async () => {
    const targets = ['false', 'FALSE', 'true', 'no'].map(
      (text) => `summarize(a,'2min','sum','${text}')`,
    );
    expect((await series(...targets)).map(({ name }) => name)).to.deep.equal([
      'summarize(a, "2min", "sum")',
      'summarize(a, "2min", "sum")',
      'summarize(a, "2min", "sum", true)',
      'summarize(a, "2min", "sum", true)',
    ]);
    expect((await series("threshold(1,'false')"))[0].name, 'a label').to.equal('false');
  });

  it('shows a name that is no text as what it is', async () => {
    const named = [
      'alias(a,1.5)',
      'alias(a,true)',
      'alias(a,inf)',
      'identity(5)',
      'threshold(1,7)',
    ];
    const all = await series(...named, 'scale(alias(a,5),2)', "alias(a,'5')");
    const shown = /"target": (.*?), "tags"/g;
    expect([...`${renderJson(all)}`.matchAll(shown)].map(([, target]) => target)).to.deep.equal([
      ...['1.5', 'true', '1e9999', '5', '7', '"scale(5,2)"', '"5"'],
    ]);
  });

  it('knows no negative zero among whole numbers', async () => {
    const all = await series('removeAboveValue(a,-0)', 'removeAboveValue(a,-0.0)');
    expect(all.map(({ name }) => name)).to.deep.equal([
      'removeAboveValue(a, 0)',
      'removeAboveValue(a, -0)',
    ]);
  });

  it('transformNull looks at references as long as the series is', async () => {
    const [known] = await series('transformNull(a,5,longer)');
    expect([...known.values]).to.deep.equal([1, 5, 3]);
  });

  it('a template of aliasQuery must have one place for the value', async () => {
    expect((await series("aliasQuery(a,'a','b','last %d')"))[0].name).to.equal('last 20');
    expect(await refusal("aliasQuery(a,'a','b','last')")).to.match(/one place for a value/);
  });

  it('refuses numbers that names cannot have, and more times than are sensible', async () => {
    expect(await refusal('add(a,inf)')).to.match(/finite/);
    expect(await refusal('scaleToSeconds(a,inf)')).to.match(/finite/);
    expect(await refusal("timeStack(a,'1s',0,100000)")).to.match(/more than 366/);
    expect(await refusal("timeShift(a,'9999y')")).to.match(/longer than a thousand years/);
    const nested = `${'timeShift('.repeat(9)}a${",'999y')".repeat(9)}`;
    expect(await refusal(nested)).to.match(/out of range/);
    const squared = "timeStack(timeStack(a,'1d',0,300),'1h',0,300)";
    expect(await refusal(squared)).to.match(/more than 1000/);
    expect(await refusal("hitcount(a,'0s')")).to.match(/no time at all/);
    expect(await refusal("smartSummarize(a,'1min','sum','weeks-')")).to.match(/alignTo/);
  });
});
