import { expect } from 'chai';
import { AssertionFailure } from '../../../../src/assert.js';
import { CheckpointFile } from '../../../../src/storage/checkpoint.js';
import {
  ALL_WRITTEN_MS,
  CHECKPOINT_INTERVAL_MS,
  type FakeReplica,
  FOLDER,
  opened,
  WRITE_DELAY_MS,
} from '../../../support/fake-replica.js';
import { settled, watch } from '../../../support/fake-time.js';
import { MemoryFiles } from '../../../support/memory-files.js';
import { SimulatedClock } from '../../../support/simulated-clock.js';

describe('shard replica', () => {
  describe('on a full disk', () => {
    async function full(): Promise<FakeReplica> {
      const replica = await opened();
      replica.append(['a.b', replica.nowS - 5, 1]);
      await replica.pass(ALL_WRITTEN_MS);
      replica.files.refuseChanges('ENOSPC');
      replica.append(['a.b', replica.nowS - 4, 2], ['c.d', replica.nowS - 4, 3]);
      await replica.pass(WRITE_DELAY_MS + 500);
      return replica;
    }

    it('is degraded, answers, and pulls no more', async () => {
      const replica = await full();
      expect(replica.runner.report().state).to.equal('degraded');
      expect(replica.logger.texts('error').join()).to.match(/disk refuses writes/);
      expect((await replica.fetch('a.b')).map(([, value]) => value)).to.deep.equal([1, 2]);
      expect((await replica.fetch('c.d')).map(([, value]) => value)).to.deep.equal([3]);
      expect(await replica.find('*')).to.deep.equal(['a', 'c']);
      const { delivered } = replica.log;
      for (let i = 0; i < 50; i++) replica.append(['e.f', replica.nowS, i]);
      await replica.pass(20_000);
      expect(replica.log.delivered).to.be.at.most(delivered + 1);
      expect(replica.savedSequence()).to.equal(1);
      expect(replica.made).to.equal(1);
    });

    it('shows its lag', async () => {
      const replica = await full();
      for (let i = 0; i < 50; i++) replica.append(['e.f', replica.nowS, i]);
      await replica.pass(5000);
      expect(replica.runner.report()).to.include({ logEnd: 52, applied: 2, state: 'degraded' });
    });

    it('tries again now and then, not at each tick', async () => {
      const replica = await full();
      const attempts = () =>
        (replica.files.calls.get('write') ?? 0) + (replica.files.calls.get('create') ?? 0);
      const before = attempts();
      await replica.pass(60_000, 100);
      expect(attempts() - before).to.be.within(5, 40);
    });

    it('heals when the disk takes writes again, and loses nothing', async () => {
      const replica = await full();
      for (let i = 0; i < 50; i++) replica.append(['e.f', replica.nowS - i, i]);
      await replica.pass(20_000);
      replica.files.heal();
      await replica.pass(10_000);
      expect(replica.runner.report()).to.include({ state: 'live', applied: 52 });
      await replica.pass(ALL_WRITTEN_MS);
      expect(await replica.fetch('e.f', 200)).to.have.length(50);
      expect(await replica.fetch('a.b', 200)).to.have.length(2);
      expect(replica.savedSequence()).to.equal(52);
      expect(replica.runner.report().queuePoints).to.equal(0);
    });

    it('loses nothing when it is killed meanwhile', async () => {
      const replica = await full();
      const next = replica.killedAndRestarted();
      replica.files.heal();
      await next.pass(ALL_WRITTEN_MS);
      expect((await next.fetch('a.b')).map(([, value]) => value)).to.deep.equal([1, 2]);
      expect((await next.fetch('c.d')).map(([, value]) => value)).to.deep.equal([3]);
      expect(next.savedSequence()).to.equal(2);
    });

    it('saves no checkpoint beyond a gap that it could not save', async () => {
      const replica = await opened();
      replica.append(['a.b', replica.nowS - 5, 1]);
      await replica.pass(ALL_WRITTEN_MS);
      for (let i = 0; i < 9; i++) replica.append(['a.b', replica.nowS - i, i]);
      const behind = replica.killedAndRestarted();
      behind.log.removeBefore(6);
      behind.files.refuseChanges('ENOSPC', 'gaps');
      await behind.pass(ALL_WRITTEN_MS);
      expect(behind.runner.report()).to.include({ gaps: 1, checkpoint: 1, state: 'degraded' });
      behind.files.heal();
      await behind.pass(ALL_WRITTEN_MS);
      expect(behind.runner.report()).to.include({ gaps: 1, checkpoint: 10, state: 'live' });
      const next = behind.killedAndRestarted();
      await next.pass(1000);
      expect(next.runner.report()).to.include({ gaps: 1 });
    });

    it('is closed all the same when it finds it full after a sync that took until then', async () => {
      let synced = (): void => undefined;
      const sync = (): Promise<void> => new Promise((resolve) => (synced = resolve));
      const replica = await opened({ policy: { sync, syncsEach: true } });
      replica.append(['a.b', replica.nowS, 1]);
      await replica.pass(ALL_WRITTEN_MS);
      const stopped = watch(replica.runner.stop(replica.clock.monotonicMs()));
      await replica.pass(3_000);
      expect(stopped.state, 'it waits for the disk no longer').to.equal('resolved');
      replica.files.refuseChanges('ENOSPC', 'checkpoint');
      const unhandled: unknown[] = [];
      const note = (reason: unknown): void => void unhandled.push(reason);
      process.on('unhandledRejection', note);
      synced();
      await settled();
      process.off('unhandledRejection', note);
      expect(unhandled).to.deep.equal([]);
      expect(replica.runner.report().state).to.equal('closed');
      expect(replica.savedSequence()).to.equal(undefined);
    });

    it('takes no bug for a bad disk: the replica crashes, and is opened again', async () => {
      class Broken extends CheckpointFile {
        override save(): void {
          throw new AssertionFailure('an invariant that does not hold');
        }
      }
      const files = new MemoryFiles();
      const checkpointFile = new Broken(files, `${FOLDER}/checkpoint.json`);
      const replica = await opened({ files, policy: { checkpointFile } });
      replica.append(['a.b', replica.nowS, 1]);
      await replica.pass(10 * ALL_WRITTEN_MS);
      expect(replica.states).to.not.include('degraded');
      expect(replica.logger.texts('error').join()).to.match(/a shard replica crashed/);
      expect(replica.made).to.be.greaterThan(1);
    });

    it('is degraded, too, when only the checkpoint cannot be saved, as long as that lasts', async () => {
      const replica = await opened();
      replica.append(['a.b', replica.nowS, 1]);
      replica.files.refuseChanges('ENOSPC', 'checkpoint');
      await replica.pass(ALL_WRITTEN_MS);
      expect(replica.runner.report()).to.include({ state: 'degraded', queuePoints: 0 });
      const states = replica.states.length;
      await replica.pass(30_000);
      expect(replica.states.slice(states)).to.deep.equal([]);
      replica.files.heal();
      await replica.pass(10_000);
      expect(replica.runner.report()).to.include({ state: 'live', checkpoint: 1 });
    });
  });

  describe('with a file that cannot be written', () => {
    const FILE = `${FOLDER}/whisper/bad/file.wsp`;

    async function refused(code = 'EACCES'): Promise<FakeReplica> {
      const replica = await opened();
      replica.files.refuse(code, ['create', 'open update', 'makeFolder', 'write'], '/bad');
      replica.append(['bad.file', replica.nowS, 1]);
      replica.append(['a.b', replica.nowS, 2]);
      await replica.pass(ALL_WRITTEN_MS);
      return replica;
    }

    it('writes the others and stays live; the checkpoint waits', async () => {
      const replica = await refused();
      expect(Object.keys(replica.whisper())).to.deep.equal([`${FOLDER}/whisper/a/b.wsp`]);
      expect(replica.runner.report()).to.include({ state: 'live', queuePoints: 1, checkpoint: 0 });
      replica.append(['c.d', replica.nowS, 3], ['bad.file', replica.nowS, 4]);
      await replica.pass(ALL_WRITTEN_MS);
      expect(Object.keys(replica.whisper())).to.have.length(2);
      expect(replica.savedSequence()).to.equal(undefined);
      expect((await replica.fetch('bad.file')).map(([, value]) => value)).to.deep.equal([1, 4]);
    });

    it('tries again now and then, and says it once', async () => {
      const replica = await refused();
      const { writer } = replica.runner.replica;
      const before = writer.counters.errors;
      expect(before).to.be.within(1, 2);
      await replica.pass(60_000, 100);
      expect(writer.counters.errors - before).to.be.within(5, 7);
      expect(
        replica.logger.texts('error').filter((text) => /cannot write a file/.test(text)),
      ).to.have.length(1);
    });

    it('writes it once it can, and then the checkpoint goes on', async () => {
      const replica = await refused();
      replica.files.heal();
      await replica.pass(10_000 + 2 * CHECKPOINT_INTERVAL_MS);
      expect(replica.files.has(FILE)).to.equal(true);
      expect(replica.savedSequence()).to.equal(2);
      expect(replica.budget.points).to.equal(0);
    });

    it('reaches the others however many such files there are', async () => {
      const clock = new SimulatedClock();
      let spentMs = 0;
      clock.monotonicMs = () => clock.nowMs() + spentMs++;
      let slices = 0;
      clock.yieldNow = () => {
        slices++;
        return settled();
      };
      const replica = await opened({ clock });
      replica.files.refuse('EACCES', ['create', 'open update', 'makeFolder'], '/bad');
      for (let i = 0; i < 30; i++) replica.append([`bad.file${i}`, replica.nowS, 1]);
      replica.append(['a.b', replica.nowS, 2]);
      await replica.pass(ALL_WRITTEN_MS + 10_000, 100);
      // All of them have been looked at, so that the writer rests until the clock moves on.
      for (let i = 0; i < 20; i++) await settled();
      const rested = slices;
      for (let i = 0; i < 20; i++) await settled();
      expect(slices).to.equal(rested);
      expect(Object.keys(replica.whisper())).to.deep.equal([`${FOLDER}/whisper/a/b.wsp`]);
    });

    it('drops and counts the points of a name that no file can have', async () => {
      const replica = await refused('ENAMETOOLONG');
      expect(replica.runner.replica.writer.counters).to.include({ droppedUnstorable: 1 });
      expect(replica.savedSequence()).to.equal(2);
      expect(replica.budget.points).to.equal(0);
    });
  });
});
