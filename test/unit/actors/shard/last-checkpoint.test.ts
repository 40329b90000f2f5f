import { expect } from 'chai';
import type { ReplicaParts } from '../../../../src/actors/shard/shard-replica.js';
import type { ArchiveSpec } from '../../../../src/storage/whisper/archives.js';
import { FakeReplica, WRITE_DELAY_MS } from '../../../support/fake-replica.js';
import { settled, watch } from '../../../support/fake-time.js';

const HELD_BACK = { holdbackMs: 40_000 };
const THREE_ARCHIVES: ArchiveSpec[] = [
  { secondsPerPoint: 1, points: 3_600 },
  { secondsPerPoint: 60, points: 600 },
  { secondsPerPoint: 600, points: 600 },
];
const DRAIN_MS = 3_000;
/** Within what a process has for its whole stop. */
const STOPPED_MS = 6_000;

/** A sync that ends when it is told to. */
class HeldSync {
  asked = 0;
  end: () => void = () => undefined;
  fail: (error: Error) => void = () => undefined;
  readonly sync = (): Promise<void> => {
    this.asked++;
    return new Promise((resolve, reject) => {
      this.end = resolve;
      this.fail = reject;
    });
  };
}

describe('the last checkpoint of a replica that is stopped', () => {
  const disk = () => new HeldSync();

  async function opened(
    policy: Partial<ReplicaParts>,
    archives?: readonly ArchiveSpec[],
  ): Promise<FakeReplica> {
    const replica = new FakeReplica({ policy, ...(archives && { archives }) });
    await replica.pass(500);
    return replica;
  }

  function stop(replica: FakeReplica) {
    return watch(replica.runner.stop(replica.clock.monotonicMs() + DRAIN_MS));
  }

  it('is saved once the disk has what it covers, however long others are held back', async () => {
    const held = disk();
    const replica = await opened({ ...HELD_BACK, sync: held.sync });
    replica.append(['a.b', replica.nowS, 1]);
    await replica.pass(WRITE_DELAY_MS + 3_000);
    replica.append(['a.b', replica.nowS, 2]);
    await settled();
    const stopped = stop(replica);
    await settled();
    expect([stopped.state, replica.savedSequence(), held.asked]).to.deep.equal([
      'pending',
      undefined,
      1,
    ]);
    held.end();
    await settled();
    expect([stopped.state, replica.savedSequence()]).to.deep.equal(['resolved', 2]);
    expect(replica.runner.report().state).to.equal('closed');
    expect(replica.files.openFiles).to.equal(0);
  });

  it('has nothing read again by the next process', async () => {
    const replica = await opened({ ...HELD_BACK, rollUpDelayMs: 900_000 }, THREE_ARCHIVES);
    for (let n = 0; n < 90; n++) {
      replica.append(['a.b', replica.nowS, n]);
      await replica.pass(1_000, 200);
    }
    stop(replica);
    await settled();
    const next = replica.killedAndRestarted();
    await next.pass(500);
    expect(next.runner.counters().batchesApplied).to.equal(0);
    expect(next.runner.report()).to.include({ state: 'live', rollUpsWaiting: 0 });
    expect(await next.fetch('a.b', 4_000), 'rolled up').to.have.length(2);
  });

  it('stays the one of before where the disk is too slow, and the stop is over in time', async () => {
    const held = disk();
    const replica = await opened({ ...HELD_BACK, sync: held.sync });
    replica.append(['a.b', replica.nowS, 1]);
    await settled();
    const stopped = stop(replica);
    await replica.pass(STOPPED_MS);
    expect([stopped.state, replica.savedSequence()]).to.deep.equal(['resolved', undefined]);
    expect(JSON.stringify(replica.logger.lines)).to.contain('the disk is slow');
  });

  it('stays the one of before where the disk cannot be synced', async () => {
    const held = disk();
    const replica = await opened({ ...HELD_BACK, sync: held.sync });
    replica.append(['a.b', replica.nowS, 1]);
    await settled();
    const stopped = stop(replica);
    await settled();
    held.fail(new Error('no disk'));
    await settled();
    expect([stopped.state, replica.savedSequence()]).to.deep.equal(['resolved', undefined]);
    expect(JSON.stringify(replica.logger.lines)).to.contain('no disk');
  });

  it('waits for the sync that is under way, and for one of its own', async () => {
    const held = disk();
    const replica = await opened({ sync: held.sync, syncsEach: true });
    replica.append(['a.b', replica.nowS, 1]);
    await replica.pass(WRITE_DELAY_MS + 3_000);
    replica.append(['a.b', replica.nowS, 2]);
    await settled();
    const stopped = stop(replica);
    await settled();
    expect(held.asked).to.equal(1);
    held.end();
    await settled();
    expect([stopped.state, replica.savedSequence(), held.asked]).to.deep.equal(['pending', 1, 2]);
    held.end();
    await settled();
    expect([stopped.state, replica.savedSequence()]).to.deep.equal(['resolved', 2]);
  });

  it('is not waited for by a replica that rests and goes on to answer', async () => {
    const held = disk();
    const replica = await opened({ ...HELD_BACK, sync: held.sync });
    replica.append(['a.b', replica.nowS, 1]);
    await settled();
    const resting = watch(replica.runner.rest(replica.clock.monotonicMs() + DRAIN_MS));
    await settled();
    expect([resting.state, held.asked]).to.deep.equal(['resolved', 0]);
    await replica.pass(HELD_BACK.holdbackMs + 2_000);
    expect(replica.savedSequence()).to.equal(1);
  });
});
