import { expect } from 'chai';
import { RejectionLog } from '../../../../src/actors/receiver/rejection-log.js';
import { Statsd } from '../../../../src/actors/statsd/statsd.js';
import { FakeLogger } from '../../../support/fake-logger.js';
import { pointsOf } from '../../../support/fake-points.js';
import { SimulatedClock } from '../../../support/simulated-clock.js';

const SENDER = { address: '10.0.0.1', port: 4000 };
const FLUSH_MS = 10_000;

function start(options: { namesMax?: number; percentiles?: number[]; idleMs?: number } = {}) {
  const clock = new SimulatedClock();
  const rejections = new RejectionLog(new FakeLogger(), clock);
  let points = new Map<string, number>();
  const timestamps = new Set<number>();
  const statsd = new Statsd({
    accept: (block) => {
      for (const [name, timestamp, value] of pointsOf(block)) {
        points.set(name.replace(/^stats\./, ''), value);
        timestamps.add(timestamp);
      }
    },
    rejections,
    clock,
    prefix: 'stats',
    flushIntervalMs: FLUSH_MS,
    percentiles: [90],
    namesMax: 100,
    idleMs: 20_000,
    ...options,
  });
  return {
    clock,
    rejections,
    statsd,
    timestamps,
    say: (...lines: string[]) => statsd.datagram(Buffer.from(lines.join('\n')), SENDER),
    /** What the next flush says. */
    flushed: (): Record<string, number> => {
      points = new Map();
      clock.advance(FLUSH_MS);
      return Object.fromEntries(points);
    },
  };
}

describe('Statsd', () => {
  it('adds counters up, weighs what was sampled, and begins anew with each flush', () => {
    const { say, flushed, timestamps } = start();
    say('a.b:1|c', 'a.b:2|c', 'a.b:3|c|@0.1', 'c:-5|c', 'd:1|m');
    expect(flushed()).to.deep.equal({
      'counters.a.b.count': 33,
      'counters.a.b.rate': 3.3,
      'counters.c.count': -5,
      'counters.c.rate': -0.5,
      'counters.d.count': 1,
      'counters.d.rate': 0.1,
    });
    expect(flushed()).to.include({ 'counters.a.b.count': 0, 'counters.a.b.rate': 0 });
    expect([...timestamps]).to.deep.equal([1_700_000_010, 1_700_000_020]);
  });

  it('sets gauges, moves them by what has a sign, and repeats them', () => {
    const { say, flushed } = start();
    say('g:10|g', 'g:+4|g', 'g:-1.5|g', 'new:-3|g');
    expect(flushed()).to.deep.equal({ 'gauges.g': 12.5, 'gauges.new': -3 });
    expect(flushed()).to.deep.equal({ 'gauges.g': 12.5, 'gauges.new': -3 });
    say('g:0|g', 'g:-2|g');
    expect(flushed()).to.include({ 'gauges.g': -2 });
  });

  it('counts the different members of sets', () => {
    const { say, flushed } = start();
    say('s:joe|s', 's:eve|s', 's:joe|s');
    expect(flushed()).to.deep.equal({ 'sets.s.count': 2 });
    expect(flushed()).to.deep.equal({ 'sets.s.count': 0 });
  });

  it('gives timers the figures of statsd', () => {
    const { say, flushed } = start();
    say(...Array.from({ length: 10 }, (_, i) => `t:${(10 - i) * 10}|ms`), 't:1|x');
    const figures = flushed();
    expect(figures).to.deep.equal({
      'timers.t.count_90': 9,
      'timers.t.mean_90': 50,
      'timers.t.upper_90': 90,
      'timers.t.sum_90': 450,
      'timers.t.sum_squares_90': 28_500,
      'timers.t.std': 28.722813232690143,
      'timers.t.upper': 100,
      'timers.t.lower': 10,
      'timers.t.count': 10,
      'timers.t.count_ps': 1,
      'timers.t.sum': 550,
      'timers.t.sum_squares': 38_500,
      'timers.t.mean': 55,
      'timers.t.median': 55,
    });
    expect(flushed()).to.deep.equal({ 'timers.t.count': 0, 'timers.t.count_ps': 0 });
  });

  it('weighs the count of a sampled timer, and knows percentiles from above and with a fraction', () => {
    const { say, flushed } = start({ percentiles: [99.9, -20, 1] });
    say('t:1|ms|@0.5', 't:2|ms|@0.5', 't:3|ms|@0.5', 't:4|ms|@0.5', 't:5|h|@0.5');
    const figures = flushed();
    expect(figures).to.include({
      'timers.t.count': 10,
      'timers.t.upper_99_9': 5,
      'timers.t.lower_top20': 5,
      'timers.t.sum_top20': 5,
      'timers.t.median': 3,
    });
    expect(figures).not.to.have.property('timers.t.upper_1');
  });

  it('cleans names, and keeps tags behind the figure', () => {
    const { say, flushed } = start();
    say('a b/c!d:1|c', 'tagged;env=prod:1|s', 'x:1|c:2|c');
    expect(flushed()).to.include({
      'counters.a_b-cd.count': 1,
      'sets.tagged.count;env=prod': 1,
      'counters.x.count': 3,
    });
  });

  it('takes a name alone for one event', () => {
    const { say, flushed } = start();
    say('event');
    expect(flushed()).to.include({ 'counters.event.count': 1 });
  });

  it('refuses what is malformed, says whose it is, and takes the rest', () => {
    const { say, flushed, rejections } = start();
    const bad = [':1|c', 'a:x|c', 'a:1', 'a:1|q', 'a:1|c|0.1', 'a:1|c|@0', 'a:-1|ms', 'a:nan|g'];
    bad.push('a:1e999|c', 'a:0x10|c', '!:1|c');
    say(...bad, 'ok:1|c');
    expect(rejections.counts.count('malformed-sample')).to.equal(bad.length);
    expect(rejections.recent()[0]).to.include({ peer: '10.0.0.1:4000', text: '!:1|c' });
    expect(Object.keys(flushed())).to.deep.equal(['counters.ok.rate', 'counters.ok.count']);
  });

  it('forgets names that have been silent for long enough', () => {
    const { say, flushed, statsd } = start({ idleMs: 20_000 });
    say('old:1|c', 'g:1|g');
    expect(flushed()).to.include({ 'counters.old.count': 1 });
    say('g:2|g');
    expect(flushed()).to.include({ 'counters.old.count': 0 });
    expect(flushed()).to.deep.equal({ 'gauges.g': 2 });
    expect(statsd.counters.statsdNames).to.equal(1);
    expect(flushed()).to.deep.equal({});
  });

  it('keeps no more names than it may', () => {
    const { say, flushed, rejections, statsd } = start({ namesMax: 2 });
    say('a:1|c', 'b:1|ms', 'c:1|c', 'c:1|g', 'a:1|c');
    expect(rejections.counts.count('too-many-names')).to.equal(2);
    expect(flushed()).to.include({ 'counters.a.count': 2 });
    expect(statsd.counters.statsdNames).to.equal(2);
  });

  it('hands over what is left as it stops', () => {
    const { say, statsd, clock, flushed } = start();
    say('a:6|c');
    clock.advance(2_000);
    statsd.stop();
    say('a:1|c');
    expect(flushed()).to.deep.equal({});
  });
});
