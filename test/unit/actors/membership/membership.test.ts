import { expect } from 'chai';
import { HeartbeatSender } from '../../../../src/actors/membership/heartbeats.js';
import { Membership } from '../../../../src/actors/membership/membership.js';
import { decode, encode } from '../../../../src/protocols/codec.js';
import type { Heartbeat, Role } from '../../../../src/protocols/heartbeat.js';
import { HEARTBEAT_SUBJECT } from '../../../../src/protocols/subjects.js';
import { FakeBus } from '../../../support/fake-bus.js';
import { HEARTBEAT_MS, heartbeat } from '../../../support/fake-cluster.js';
import { FakeLogger } from '../../../support/fake-logger.js';
import { SimulatedClock } from '../../../support/simulated-clock.js';

const FORGET_AFTER_MS = 600_000;

function start(nodes = ['node1', 'node2']) {
  const clock = new SimulatedClock();
  const bus = new FakeBus(clock);
  const logger = new FakeLogger();
  const membership = new Membership({
    bus,
    clock,
    log: logger,
    heartbeatIntervalMs: HEARTBEAT_MS,
    nodes,
    layout: heartbeat({}).layout,
  });
  return {
    clock,
    bus,
    logger,
    membership,
    beat: (some: Partial<Heartbeat> = {}) =>
      bus.publish(HEARTBEAT_SUBJECT, encode(heartbeat(some))),
    say: (value: unknown) => bus.publish(HEARTBEAT_SUBJECT, encode(value)),
    state: (name = 'node1', role: Role = 'node') => membership.member(role, name)?.state,
    /** Lets silence pass, so many heartbeats long. */
    silence: (beats: number) => clock.advance(beats * HEARTBEAT_MS),
  };
}

describe('Membership', () => {
  it('names a process that is configured for another layout, once for each of its starts', () => {
    const { beat, logger } = start();
    const { layout } = heartbeat({});
    beat();
    expect(logger.texts('error')).to.deep.equal([]);
    for (const incarnation of [5, 5, 6])
      beat({ name: 'node2', incarnation, layout: { ...layout, shardCount: 4 } });
    const texts = logger.texts('error');
    expect(texts).to.deep.equal(Array(2).fill('a process is configured for another layout'));
    const [{ fields }] = logger.lines.filter(({ level }) => level === 'error');
    expect(fields).to.include({ name: 'node2', difference: 'SHARDS is 8 here and 4 there' });
  });

  it('names two processes of one name, and none that was started again', () => {
    const { beat, logger } = start();
    for (const incarnation of [5, 5, 6, 6, 7]) beat({ incarnation });
    expect(logger.texts('error')).to.deep.equal([]);
    for (const [incarnation, pid] of [
      [8, 11],
      [7, 10],
      [8, 11],
      [7, 10],
    ])
      beat({ incarnation, pid });
    expect(logger.texts('error')).to.have.length(1);
    expect(logger.texts('error')[0]).to.match(/two processes have this name/);
    const [{ fields }] = logger.lines.filter(({ level }) => level === 'error');
    expect(fields).to.deep.include({ name: 'node1', pids: [11, 10] });
  });

  it('knows the configured nodes before it has heard of them', () => {
    const { membership, state } = start();
    expect(membership.ofRole('node').map((member) => member.name)).to.deep.equal([
      ...['node1', 'node2'],
    ]);
    expect([state('node1'), state('stranger')]).to.deep.equal(['unknown', undefined]);
    expect(membership.member('node', 'node1')?.last).to.equal(undefined);
  });

  it('is up with a heartbeat, suspect after three without, down after six', () => {
    const { beat, silence, state, clock } = start();
    beat();
    expect(state()).to.equal('up');
    silence(3);
    expect(state()).to.equal('suspect');
    clock.advance(3 * HEARTBEAT_MS - 1);
    expect(state()).to.equal('suspect');
    clock.advance(1);
    expect(state()).to.equal('down');
    expect(state('node2')).to.equal('down');
  });

  it('stays up while heartbeats come, even if some are lost', () => {
    const { beat, silence, state } = start();
    for (let i = 0; i < 50; i++) {
      beat();
      silence(2);
      expect(state()).to.equal('up');
    }
  });

  it('rejoins with a heartbeat of a node that is not live yet, and is up when it is', () => {
    const { beat, silence, state } = start();
    beat();
    silence(3);
    silence(3);
    beat({ state: 'joining' });
    expect(state()).to.equal('rejoining');
    beat({ state: 'replaying' });
    expect(state()).to.equal('rejoining');
    beat();
    expect(state()).to.equal('up');
    beat({ state: 'draining' });
    expect(state()).to.equal('rejoining');
  });

  it('keeps the newest heartbeat and when it came', () => {
    const { beat, membership, clock } = start();
    beat({ pid: 1 });
    clock.advance(500);
    beat({ pid: 2 });
    const member = membership.member('node', 'node1');
    expect([member?.last?.pid, member?.heardAtMs]).to.deep.equal([2, clock.monotonicMs()]);
  });

  it('tracks processes of all roles, sorted by name, each for itself', () => {
    const { beat, membership, state } = start([]);
    for (const name of ['r2', 'r1', 'node1']) beat({ role: 'relay', name });
    beat({ name: 'node1', state: 'replaying' });
    expect(membership.ofRole('relay').map((one) => one.name)).to.deep.equal(['node1', 'r1', 'r2']);
    expect([state('node1', 'relay'), state('node1', 'node')]).to.deep.equal(['up', 'rejoining']);
  });

  it('forgets a process that has left, unless it is a configured node', () => {
    const { beat, state, membership } = start();
    beat({ role: 'relay', name: 'relay1' });
    beat({ role: 'relay', name: 'relay1', state: 'left' });
    beat({ name: 'node1', state: 'left' });
    expect(membership.ofRole('relay')).to.deep.equal([]);
    expect(state('node1')).to.equal('rejoining');
    expect(membership.member('node', 'node1')?.last?.state).to.equal('left');
  });

  it('forgets processes that are down for long, never configured nodes', () => {
    const { beat, silence, clock, state } = start();
    beat({ role: 'relay', name: 'old' });
    beat({ name: 'node1' });
    silence(3);
    silence(3);
    expect(state('old', 'relay')).to.equal('down');
    beat({ role: 'relay', name: 'new' });
    expect(state('old', 'relay')).to.equal('down');
    clock.advance(FORGET_AFTER_MS);
    beat({ role: 'relay', name: 'new' });
    expect(state('old', 'relay')).to.equal(undefined);
    expect([state('node1'), state('node2')]).to.deep.equal(['down', 'down']);
  });

  it('goes by the time that passes, whatever is done to the time of day', () => {
    const { beat, silence, clock, state, membership } = start();
    beat({ role: 'relay', name: 'old' });
    beat({ name: 'node1' });
    clock.jump(86_400_000);
    expect([state('old', 'relay'), state('node1')]).to.deep.equal(['up', 'up']);
    silence(3);
    silence(3);
    beat({ role: 'relay', name: 'new' });
    expect(state('old', 'relay')).to.equal('down');
    clock.jump(-2 * 86_400_000);
    clock.advance(FORGET_AFTER_MS);
    beat({ role: 'relay', name: 'new' });
    expect(state('old', 'relay')).to.equal(undefined);
    expect(membership.member('relay', 'new')?.heardAtMs).to.equal(clock.monotonicMs());
  });

  it('does not forget a node because another process has its name', () => {
    const { beat, state } = start();
    beat({ name: 'node1' });
    beat({ role: 'api', name: 'node1' });
    beat({ role: 'api', name: 'node1', state: 'left' });
    expect([state('node1'), state('node1', 'api')]).to.deep.equal(['up', undefined]);
  });

  it('does not grow without bound, whoever speaks', () => {
    const { beat, membership, state } = start();
    for (let i = 0; i < 1500; i++) beat({ role: 'api', name: `api${i}` });
    const tracked = membership.ofRole('api').length;
    expect(tracked).to.be.within(900, 1000);
    expect(membership.untrackedHeartbeats).to.equal(1500 - tracked);
    beat({ name: 'node1' });
    expect(state('node1')).to.equal('up');
  });

  for (const [what, value] of [
    ['nothing', null],
    ['a number', 1],
    ['no name', { ...heartbeat({}), name: undefined }],
    ['no shards', { ...heartbeat({}), shards: undefined }],
    ['a shard that is none', { ...heartbeat({}), shards: [null] }],
    ['a shard without numbers', { ...heartbeat({}), shards: [{ shard: 'x' }] }],
    ['no counters', { ...heartbeat({}), counters: undefined }],
    ['a role that there is not', { ...heartbeat({}), role: 'spy' }],
    ['a state that there is not', { ...heartbeat({}), state: 'weird' }],
  ] as const) {
    it(`counts a heartbeat with ${what} and changes nothing`, () => {
      const { say, state, membership } = start();
      say(value);
      expect(membership.malformedHeartbeats).to.equal(1);
      expect(state()).to.equal('unknown');
      expect(membership.member('node', 'node1')?.last).to.equal(undefined);
    });
  }

  it('counts heartbeats that are no msgpack, and logs the first', () => {
    const { bus, membership, logger } = start();
    for (let i = 0; i < 3; i++) bus.publish(HEARTBEAT_SUBJECT, Uint8Array.of(0xc1, 0, 0));
    expect(membership.malformedHeartbeats).to.equal(3);
    expect(logger.texts('warn')).to.have.length(1);
  });

  it('hears nothing once it was stopped, and its timers rest', () => {
    const { beat, membership, state, silence } = start();
    beat();
    membership.stop();
    beat({ state: 'replaying' });
    silence(100);
    expect(state()).to.equal('up');
  });
});

describe('HeartbeatSender', () => {
  it('speaks at once, at each interval, after a change, and a last time when it stops', () => {
    const clock = new SimulatedClock();
    const bus = new FakeBus(clock);
    const heard: string[] = [];
    bus.subscribe(HEARTBEAT_SUBJECT, (bytes) => heard.push((decode(bytes) as Heartbeat).state));
    let state: Heartbeat['state'] = 'joining';
    const sender = new HeartbeatSender(bus, clock, HEARTBEAT_MS, () => heartbeat({ state }));
    expect(heard).to.deep.equal(['joining']);
    state = 'live';
    clock.advance(HEARTBEAT_MS);
    clock.advance(HEARTBEAT_MS);
    sender.beat();
    expect(heard).to.deep.equal(['joining', 'live', 'live', 'live']);
    state = 'left';
    sender.stop();
    clock.advance(10 * HEARTBEAT_MS);
    expect(heard.slice(4)).to.deep.equal(['left']);
  });
});
