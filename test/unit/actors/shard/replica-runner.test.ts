import { expect } from 'chai';
import { QueueBudget } from '../../../../src/actors/shard/budget.js';
import { FakeLogReader } from '../../../support/fake-log-reader.js';
import {
  CHECKPOINT_INTERVAL_MS,
  FakeReplica,
  FOLDER,
  WRITE_DELAY_MS,
} from '../../../support/fake-replica.js';
import { pass, settled, watch } from '../../../support/fake-time.js';
import { MemoryFiles } from '../../../support/memory-files.js';
import { SimulatedClock } from '../../../support/simulated-clock.js';

const RESTART_DELAY_MS = 500;
const ALL_WRITTEN_MS = WRITE_DELAY_MS + 2 * CHECKPOINT_INTERVAL_MS;

async function opened(options?: ConstructorParameters<typeof FakeReplica>[0]) {
  const replica = new FakeReplica(options);
  await settled();
  return replica;
}

describe('ReplicaRunner', () => {
  it('opens a replica that crashed again, and nothing is lost', async () => {
    const replica = await opened();
    const { nowS } = replica;
    replica.append(['a.b', nowS - 3, 1]);
    await settled();
    replica.poison = 'poison';
    replica.append(['poison', nowS, 1]);
    await settled();
    expect(replica.logger.texts('error').join()).to.match(/crashed/);
    expect(replica.budget.points).to.equal(0);
    replica.poison = undefined;
    await replica.pass(RESTART_DELAY_MS);
    expect(replica.made).to.equal(2);
    expect(replica.runner.report()).to.include({ state: 'live', applied: 2 });
    expect(await replica.fetch('a.b')).to.deep.equal([[nowS - 3, 1]]);
    await replica.pass(ALL_WRITTEN_MS);
    expect(replica.savedSequence()).to.equal(2);
    expect(replica.budget.points).to.equal(0);
    expect(replica.escalated).to.deep.equal([]);
    // The first point was applied before the crash and again after it.
    expect(replica.runner.counters()).to.include({ pointsApplied: 3, committedPoints: 2 });
  });

  it('counts crashes by time that passes, whatever the time of day does meanwhile', async () => {
    const clock = new SimulatedClock();
    const timeOfDayMs = clock.nowMs();
    clock.nowMs = () => timeOfDayMs;
    const replica = await opened({ clock });
    for (let crash = 1; crash <= 7; crash++) {
      replica.log.fail(new Error('a bug'));
      await replica.pass(30_000, 500);
    }
    expect(replica.made).to.equal(8);
    expect(replica.escalated).to.deep.equal([]);
  });

  it('leaves the replicas beside it alone', async () => {
    const clock = new SimulatedClock();
    const budget = new QueueBudget(1000);
    const files = new MemoryFiles();
    const bad = new FakeReplica({ clock, budget, files });
    const good = new FakeReplica({ clock, budget, files, folder: '/data/node1/shards/1' });
    await settled();
    good.append(['a.b', good.nowS, 1]);
    bad.poison = 'poison';
    bad.append(['c.d', good.nowS, 1]);
    bad.append(['poison', good.nowS, 1]);
    await settled();
    expect(budget.points).to.equal(1);
    await pass(clock, 60_000, 100);
    expect(bad.escalated).to.have.length(1);
    expect([good.made, good.runner.report().state]).to.deep.equal([1, 'live']);
    expect(files.has('/data/node1/shards/1/whisper/a/b.wsp')).to.equal(true);
  });

  it('escalates a replica that crashes again and again', async () => {
    const replica = await opened();
    replica.poison = 'poison';
    replica.append(['poison', replica.nowS, 1]);
    await replica.pass(60_000, 100);
    expect(replica.made).to.equal(6);
    expect(replica.escalated.map(String)).to.deep.equal(['Error: a bug']);
    await replica.pass(600_000, 1000);
    expect(replica.made).to.equal(6);
  });

  it('does not escalate crashes that are rare', async () => {
    const replica = await opened();
    for (let crash = 0; crash < 12; crash++) {
      replica.log.fail(new Error('the log broke'));
      await replica.pass(20_000, 500);
    }
    expect(replica.made).to.equal(13);
    expect(replica.escalated).to.deep.equal([]);
    expect(replica.runner.report().state).to.equal('live');
  });

  it('opens again when the log or the disk fail while it opens', async () => {
    const replica = new FakeReplica();
    replica.files.put(`${FOLDER}/whisper/a/b.wsp`, new Uint8Array(1));
    replica.files.refuse('EIO', ['list'], FOLDER, 1);
    await replica.pass(RESTART_DELAY_MS);
    expect(replica.made).to.equal(2);
    expect(replica.runner.report().state).to.equal('live');
  });

  it('rests in the end when it crashes as it is told to', async () => {
    const replica = await opened();
    replica.append(['a.b', replica.nowS, 1]);
    await settled();
    const { replica: crashing } = replica.runner;
    const receive = crashing.receive.bind(crashing);
    crashing.receive = (message) => {
      if (message.type === 'rest') throw new Error('a bug');
      return receive(message);
    };
    await replica.runner.rest(replica.clock.monotonicMs());
    expect(replica.runner.isResting).to.equal(false);
    await replica.pass(RESTART_DELAY_MS);
    expect(replica.runner.isResting).to.equal(true);
    expect([replica.made, replica.escalated]).to.deep.equal([2, []]);
  });

  it('closes the files of a replica that crashed', async () => {
    const replica = await opened();
    replica.append(['a.b', replica.nowS, 1]);
    await replica.pass(ALL_WRITTEN_MS);
    expect(replica.files.openFiles).to.equal(1);
    replica.log.fail(new Error('the log broke'));
    await settled();
    expect(replica.files.openFiles).to.equal(0);
  });

  it('refuses who asks between a crash and the next opening, and answers afterwards', async () => {
    const replica = await opened();
    replica.append(['a.b', replica.nowS, 1]);
    replica.log.fail(new Error('the log broke'));
    await settled();
    const refused = watch(replica.cached('a.b'));
    await settled();
    expect(refused.error?.code).to.equal('ACTOR_STOPPED');
    await replica.pass(RESTART_DELAY_MS);
    expect(await replica.cached('a.b')).to.have.length(1);
  });

  it('treats an event that its machine does not know as a crash of that replica', async () => {
    const replica = await opened();
    // Opening twice is a bug: the machine is past that.
    await replica.runner.replica.open().then(
      () => expect.fail('it was opened twice'),
      (error) => expect(error.message).to.match(/unexpected event open/),
    );
  });

  describe('stop', () => {
    const stop = (replica: FakeReplica, limitMs = 3000) =>
      watch(replica.runner.stop(replica.clock.monotonicMs() + limitMs));

    it('writes what waits, saves the checkpoint and closes', async () => {
      const replica = await opened();
      replica.append(['a.b', replica.nowS, 1]);
      await settled();
      const stopped = stop(replica);
      await settled();
      expect(stopped.state).to.equal('resolved');
      expect(Object.keys(replica.whisper())).to.have.length(1);
      expect(replica.savedSequence()).to.equal(1);
      expect(replica.runner.report().state).to.equal('closed');
      expect(replica.files.openFiles).to.equal(0);
      expect(replica.states.slice(-2)).to.deep.equal(['draining', 'closed']);
    });

    it('reads, writes and answers no more afterwards', async () => {
      const replica = await opened();
      stop(replica);
      await settled();
      const { delivered } = replica.log;
      replica.append(['a.b', replica.nowS, 1]);
      await replica.pass(ALL_WRITTEN_MS);
      expect(replica.log.delivered - delivered).to.be.at.most(1);
      expect(replica.whisper()).to.deep.equal({});
      expect(replica.made).to.equal(1);
      const refused = watch(replica.cached('a.b'));
      await settled();
      expect(refused.error?.code).to.equal('ACTOR_STOPPED');
    });

    it('is over in time though the disk takes nothing', async () => {
      const replica = await opened();
      replica.append(['a.b', replica.nowS, 1]);
      await settled();
      replica.files.refuseChanges('ENOSPC');
      const stopped = stop(replica);
      await settled();
      expect(stopped.state).to.equal('resolved');
      expect(replica.savedSequence()).to.equal(undefined);
      expect(replica.escalated).to.deep.equal([]);
      replica.files.heal();
      const next = replica.killedAndRestarted();
      await next.pass(ALL_WRITTEN_MS);
      expect(await next.fetch('a.b')).to.have.length(1);
    });

    it('ends a degraded replica', async () => {
      const replica = await opened();
      replica.append(['a.b', replica.nowS, 1]);
      replica.files.refuseChanges('ENOSPC');
      await replica.pass(ALL_WRITTEN_MS);
      expect(replica.runner.report().state).to.equal('degraded');
      const stopped = stop(replica);
      await settled();
      expect([stopped.state, replica.runner.report().state]).to.deep.equal(['resolved', 'closed']);
    });

    it('ends a replica that waits for its log to be there', async () => {
      const log = new FakeLogReader();
      let there = (): void => undefined;
      log.holdState(new Promise((resolve) => (there = resolve)));
      const replica = new FakeReplica({ log });
      await settled();
      const stopped = stop(replica);
      await settled();
      expect(stopped.state).to.equal('resolved');
      there();
      await replica.pass(10_000);
      expect(replica.log.readFrom).to.deep.equal([]);
      expect([replica.made, replica.escalated.length]).to.deep.equal([1, 0]);
    });

    it('ends a replica that crashed, and it is not opened again', async () => {
      const replica = await opened();
      replica.log.fail(new Error('the log broke'));
      await settled();
      const stopped = stop(replica);
      await replica.pass(10_000);
      expect([stopped.state, replica.made]).to.deep.equal(['resolved', 1]);
    });

    it('ends a replica while it builds its index', async () => {
      const files = new MemoryFiles();
      for (let i = 0; i < 2000; i++) files.put(`${FOLDER}/whisper/m${i}.wsp`, new Uint8Array(1));
      const clock = new SimulatedClock();
      let go = (): void => undefined;
      const gate = new Promise<void>((resolve) => (go = resolve));
      clock.yieldNow = () => gate;
      const replica = new FakeReplica({ files, clock });
      await settled();
      expect(replica.runner.report().state).to.equal('recovering');
      const stopped = stop(replica);
      await settled();
      expect(stopped.state).to.equal('resolved');
      go();
      await replica.pass(10_000);
      expect(replica.log.readFrom).to.deep.equal([]);
      expect([replica.made, replica.escalated.length]).to.deep.equal([1, 0]);
    });
  });
});
