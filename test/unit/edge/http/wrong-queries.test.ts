import { expect } from 'chai';
import { FUNCTIONS } from '../../../../src/query/functions/registry.js';
import { Random } from '../../../support/random.js';
import { type RenderApp, renderApp } from '../../../support/render-app.js';

/** Far more than an honest answer takes, also on a busy machine. */
const STALL_MS = 5_000;
const PATTERN = 'a'.repeat(40);
const GOOD = [
  'sumSeries(servers.*.cpu.user)',
  'alias(scale(servers.*.cpu.user,2.5),"a b")',
  'movingAverage(servers.web01.cpu.user,"5min")|aliasByNode(1,2)',
  'groupByNode(servers.*.*.*,1,"sum")',
  'seriesByTag("name=cpu","dc=~e.*")',
  'template(servers.$host.cpu.user,host="web01")',
];

/** Targets that ask for nothing sensible; most are refused, those that graphite reads as a path find nothing. */
const WRONG: Readonly<Record<string, readonly string[]>> = {
  'unknown functions': ['nobody(a.b)', 'sumSeriez(a.*)', '__proto__(a)', 'constructor(a)'],
  'wrong types': [
    'scale(servers.*.cpu.user,"x")',
    'alias(servers.*.cpu.user,3,4,5)',
    'movingAverage(servers.*.cpu.user,"no time")',
    'summarize(servers.*.cpu.user,"-0min")',
    'aliasByNode(servers.*.cpu.user,servers.*.cpu.user)',
    'sumSeries(1,2,3)',
    'percentileOfSeries(servers.*.cpu.user,"p")',
    '17',
    '"text"',
  ],
  brackets: [
    'sumSeries(a.b',
    'sumSeries(a.b))',
    '((((',
    '))))',
    'a.{b,c',
    'a.[b',
    'a.{b,{c,d}',
    '"',
    "alias(a.b,'x)",
  ],
  depth: [
    `${'sumSeries('.repeat(50_000)}a${')'.repeat(50_000)}`,
    `${'a.'.repeat(50_000)}b`,
    '{'.repeat(50_000),
    `a${'|absolute()'.repeat(5_000)}`,
  ],
  ranges: [
    'timeShift(servers.*.cpu.user,"99999999999999y")',
    'timeStack(servers.*.cpu.user,"1s",0,999999999)',
    'movingMedian(servers.*.cpu.user,"1000000y")',
    'time("t",0)',
    'randomWalk("t",0.000001)',
    'constantLine(1e999999)',
    'servers.{1..99999999}.cpu',
    `a.${'{a,b}'.repeat(60)}`,
  ],
  'patterns that take very long': [
    `grep(servers.*.cpu.user,"(a+)+$")`,
    `aliasSub(alias(servers.*.cpu.user,"${PATTERN}!"),"(a+)+$","x")`,
    `exclude(alias(servers.*.cpu.user,"${PATTERN}!"),"(a|a)*$")`,
    `servers.${'*a'.repeat(100)}b`,
    `"${String.raw`\xaaaaaaaa`.repeat(40)}`,
    `alias(a,"${String.raw`\xaaaaaaaa`.repeat(40)})`,
    'grep(servers.*.cpu.user,"(")',
    'seriesByTag("name=~(a+)+$")',
    'seriesByTag("name")',
  ],
};

describe('wrong queries', function () {
  this.timeout(60_000);
  const random = new Random(Number(process.env.SEED ?? 20_260_501));
  let app: RenderApp;

  before(async () => {
    app = await renderApp();
  });
  after(() => app.close());

  /** Asks, and expects an answer in time that is no failure of ours; a refusal has a sentence. */
  async function answered(parameters: Record<string, string>): Promise<number> {
    const payload = new URLSearchParams(parameters).toString();
    const startMs = performance.now();
    const { statusCode, body } = await app.http.inject({
      method: 'POST',
      url: '/render',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload,
    });
    const tookMs = performance.now() - startMs;
    const what = `${decodeURIComponent(payload).slice(0, 300)}: ${statusCode} ${body.slice(0, 300)}`;
    expect(statusCode, what).to.be.oneOf([200, 400, 413, 422]);
    if (statusCode !== 200) {
      const { error } = JSON.parse(body) as { error: string };
      expect(error.split(' ').length, what).to.be.greaterThan(2);
      expect(error.length, what).to.be.lessThan(1_000);
    }
    expect(tookMs, what).to.be.lessThan(STALL_MS);
    return statusCode;
  }

  for (const [kind, targets] of Object.entries(WRONG)) {
    it(`are refused with a sentence, or find nothing: ${kind}`, async () => {
      for (const target of targets) await answered({ target, format: 'json', from: '-1h' });
    });
  }

  it('are refused in each of their parameters', async () => {
    const target = 'servers.*.cpu.user';
    for (const wrong of [
      { from: 'when?' },
      { from: `-${'9'.repeat(400)}d` },
      { until: '99999999999999999999' },
      { from: 'now', until: 'now' },
      { maxDataPoints: '0' },
      { xFilesFactor: 'much' },
      { jsonp: 'alert(1)//' },
    ]) {
      expect(await answered({ target, format: 'json', ...wrong }), JSON.stringify(wrong)).to.equal(
        400,
      );
    }
  });

  it('with any function and any arguments', async () => {
    const values = ['-1', '0', '1e9', '""', '"x"', '"-1h"', 'servers.*.cpu.user', 'None', 'True'];
    for (const name of FUNCTIONS.keys()) {
      const args = Array.from({ length: random.int(0, 4) }, () => random.pick(values));
      await answered({ target: `${name}(${args.join(',')})`, format: 'json', from: '-10min' });
    }
  });

  it('that were good before something was cut, doubled or put in', async () => {
    for (let n = 0; n < 300; n++) {
      const good = random.pick(GOOD);
      const at = random.int(0, good.length - 1);
      const end = random.int(at, good.length - 1);
      const odd = random.pick(['(', ')', '"', "'", '{', '}', '[', '|', ',', '\\', '\0', '*', '=']);
      const target = random.pick([
        good.slice(0, at) + good.slice(end),
        good.slice(0, end) + good.slice(at),
        good.slice(0, at) + odd + good.slice(at),
      ]);
      await answered({ target, format: 'json', from: '-10min' });
    }
  });
});
