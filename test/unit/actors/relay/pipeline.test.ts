import { expect } from 'chai';
import { LEARNING_MS } from '../../../../src/actors/relay/quota-meters.js';
import { RejectionCounts } from '../../../../src/protocols/rejection.js';
import { NameCleansing } from '../../../../src/routing/rules/name-cleansing.js';
import { blockOf, type NamedPoint, pointsOf } from '../../../support/fake-points.js';
import { SimulatedClock } from '../../../support/simulated-clock.js';
import { type RuleTexts, ruleSet, testPipeline } from '../../../support/test-pipeline.js';

const NOW_S = 1_700_000_000;
const NO_TIMES = {
  resolutionS: 0,
  ageMaxS: Number.POSITIVE_INFINITY,
  futureMaxS: Number.POSITIVE_INFINITY,
};

function start(texts: RuleTexts = {}, given: { cleansing?: NameCleansing; times?: object } = {}) {
  const rejections = new RejectionCounts();
  const clock = new SimulatedClock();
  const rules = { current: ruleSet(texts) };
  const pipeline = testPipeline(rejections, {
    rules,
    clock,
    ...given,
    times: { ...NO_TIMES, ...given.times },
  });
  const process = (points: readonly NamedPoint[]): NamedPoint[] => {
    const block = blockOf(points);
    pipeline.process(block);
    return pointsOf(block);
  };
  const names = (...given: string[]): string[] =>
    process(given.map((name, i) => [name, NOW_S, i])).map(([name]) => name);
  const refused = (): Record<string, number> =>
    Object.fromEntries([...rejections.entries()].filter(([, count]) => count > 0));
  return { clock, rules, process, names, refused };
}

describe('Pipeline', () => {
  it('leaves points alone where there are no rules, but for the order of tags', () => {
    const { process, refused } = start();
    const points: NamedPoint[] = [
      ['a.b', 5, 1],
      ['..odd/name', -3.5, 2],
      ['m;b=2;a=1', 7, 3],
    ];
    const expected = points.map((point) => [...point]);
    expected[2][0] = 'm;a=1;b=2';
    expect(process(points)).to.deep.equal(expected);
    expect(refused()).to.deep.equal({});
  });

  it('keeps out what the lists say, by the name as it came', () => {
    const { names, refused } = start({
      blacklist: '^bad\\.\n',
      whitelist: '^(good|bad)\\.\n',
      rewrite: '[pre]\n^other = good\n^good = bad\n',
    });
    expect(names('good.a', 'bad.a', 'other.a', 'good.b', 'bad.a')).to.deep.equal([
      'bad.a',
      'bad.b',
    ]);
    expect(refused()).to.deep.equal({ blacklisted: 2, 'not-whitelisted': 1 });
  });

  it('rewrites before and behind the aggregation, to longer and shorter names, every time', () => {
    const { process } = start({
      rewrite: '[pre]\n^a\\. = a.very.much.longer.\n[post]\n\\.much = \n^x.* = y\n',
    });
    const points: NamedPoint[] = [
      ['a.1', 1, 1],
      ['keep.2', 2, 2],
      ['x.and.more', 3, 3],
      ['a.1', 4, 4],
      ['keep.5', 5, 5],
    ];
    const expected = [
      ['a.very.longer.1', 1, 1],
      ['keep.2', 2, 2],
      ['y', 3, 3],
      ['a.very.longer.1', 4, 4],
      ['keep.5', 5, 5],
    ];
    for (let round = 0; round < 3; round++) expect(process(points)).to.deep.equal(expected);
  });

  it('puts the tags of rewritten names in order, and refuses names of which nothing is left', () => {
    const { names, refused } = start({ rewrite: '[pre]\n^m = m;z=1\n^gone$ = \n' });
    expect(names('m;b=2', 'gone')).to.deep.equal(['m;b=2;z=1']);
    expect(refused()).to.deep.equal({ 'empty-name': 1 });
  });

  it('cleanses names before the lists see them', () => {
    const { names, refused } = start(
      { blacklist: '^a\\.b_$\n' },
      { cleansing: new NameCleansing() },
    );
    expect(names('..a..c/', 'a..b/', '...', 'größe.x')).to.deep.equal(['a.c_', 'gr____e.x']);
    expect(refused()).to.deep.equal({ blacklisted: 1, 'empty-name': 1 });
  });

  it('rounds times down and refuses those that are too far off', () => {
    const { process, refused } = start(
      {},
      { times: { resolutionS: 10, ageMaxS: 100, futureMaxS: 50 } },
    );
    const at = (offset: number): NamedPoint => [`at.${offset}`, NOW_S + offset, offset];
    expect(process([-101, -100, 7.5, 50, 51].map(at))).to.deep.equal([
      ['at.-100', NOW_S - 100, -100],
      ['at.7.5', NOW_S, 7.5],
      ['at.50', NOW_S + 50, 50],
    ]);
    expect(refused()).to.deep.equal({ 'too-old': 1, 'too-new': 1 });
  });

  it('takes edited rules from the next block on', () => {
    const { names, rules } = start({ blacklist: '^a\n' });
    expect(names('a', 'b')).to.deep.equal(['b']);
    rules.current = ruleSet({ blacklist: '^b\n' });
    expect(names('a', 'b')).to.deep.equal(['a']);
    rules.current = ruleSet();
    expect(names('a', 'b')).to.deep.equal(['a', 'b']);
  });

  describe('with quotas', () => {
    it('refuses points beyond the rate of their namespace, and nobody else’s', () => {
      const { names, clock, refused } = start({
        quotas: '[apps]\npattern = ^apps\\.\npointsPerSecond = 3\n',
      });
      expect(names('apps.a', 'apps.b', 'x', 'apps.a', 'apps.a', 'x')).to.deep.equal([
        'apps.a',
        'apps.b',
        'x',
        'apps.a',
        'x',
      ]);
      expect(refused()).to.deep.equal({ 'over-quota-points': 1 });
      clock.advance(1_000);
      expect(names('apps.a', 'apps.b', 'apps.c', 'apps.d')).to.have.length(3);
    });

    it('refuses new metrics beyond the rate, once it knows those that are there', () => {
      const { names, clock, refused } = start({
        quotas: '[apps]\npattern = ^apps\\.\nnewMetricsPerMinute = 2\n',
      });
      const old = ['apps.1', 'apps.2', 'apps.3', 'apps.4'];
      expect(names(...old)).to.deep.equal(old);
      clock.advance(LEARNING_MS);
      expect(names(...old, 'apps.5', 'apps.6', 'apps.7', 'x.8')).to.deep.equal([
        ...old,
        'apps.5',
        'apps.6',
        'x.8',
      ]);
      expect(refused()).to.deep.equal({ 'over-quota-new-metrics': 1 });
      clock.advance(60_000);
      expect(names('apps.5', 'apps.7')).to.deep.equal(['apps.5', 'apps.7']);
    });
  });
});
