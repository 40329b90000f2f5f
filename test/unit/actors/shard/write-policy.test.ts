import { expect } from 'chai';
import { sleep } from '../../../../src/actors/ports/clock.js';
import { RateLimit } from '../../../../src/actors/shard/rate-limit.js';
import type { ReplicaParts } from '../../../../src/actors/shard/shard-replica.js';
import type { ArchiveSpec } from '../../../../src/storage/whisper/archives.js';
import type { NamedPoint } from '../../../support/fake-points.js';
import { FakeReplica, WRITE_DELAY_MS } from '../../../support/fake-replica.js';
import { pass } from '../../../support/fake-time.js';
import { MemoryFiles } from '../../../support/memory-files.js';
import { SimulatedClock } from '../../../support/simulated-clock.js';

const TWO_ARCHIVES: ArchiveSpec[] = [
  { secondsPerPoint: 1, points: 600 },
  { secondsPerPoint: 60, points: 600 },
];
/** Long enough for everything due to be written and looked at. */
const WRITTEN_MS = WRITE_DELAY_MS + 3_000;

async function opened(
  policy: Partial<ReplicaParts>,
  archives?: readonly ArchiveSpec[],
): Promise<FakeReplica> {
  const replica = new FakeReplica({ policy, ...(archives && { archives }) });
  await replica.pass(500);
  return replica;
}

function names(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `new.metric${i}`);
}

describe('the policy of a replica’s writer', () => {
  it('puts off files over MAX_CREATES_PER_MINUTE, finds and reads their points, and loses none', async () => {
    const replica = await opened({ creates: new RateLimit(2, 60_000) });
    for (const name of names(5)) replica.append([name, replica.nowS, 7]);
    await replica.pass(WRITTEN_MS);
    const { counters } = replica.runner.replica.writer;
    expect([counters.creates, counters.deferredCreates]).to.deep.equal([2, 3]);
    expect(replica.budget.points).to.equal(3);
    expect(replica.savedSequence(), 'the log holds what waits').to.equal(2);
    for (const name of names(5)) {
      expect(
        (await replica.fetch(name, 120)).map(([, value]) => value),
        name,
      ).to.deep.equal([7]);
    }
    await replica.pass(120_000, 1_000);
    expect([counters.creates, counters.committedPoints]).to.deep.equal([5, 5]);
    expect(replica.savedSequence()).to.equal(5);
  });

  it('writes existing files while others wait to be made', async () => {
    const replica = await opened({ creates: new RateLimit(1, 60_000) });
    replica.append(['first', replica.nowS, 1]);
    await replica.pass(WRITTEN_MS);
    for (const name of names(20)) replica.append([name, replica.nowS, 1]);
    replica.append(['first', replica.nowS, 2]);
    await replica.pass(WRITTEN_MS);
    expect(replica.runner.replica.writer.counters.committedPoints).to.equal(2);
  });

  it('makes no more than MAX_UPDATES_PER_SECOND', async () => {
    const replica = await opened({ updates: new RateLimit(3, 1_000) });
    for (const name of names(30)) replica.append([name, replica.nowS, 1]);
    const { counters } = replica.runner.replica.writer;
    await replica.pass(WRITE_DELAY_MS + 1_000, 100);
    expect(counters.updateOperations).to.be.within(3, 7);
    await replica.pass(12_000, 100);
    expect(counters.updateOperations).to.equal(30);
  });

  it('saves a checkpoint only CHECKPOINT_HOLDBACK after the writes that it covers', async () => {
    const replica = await opened({ holdbackMs: 40_000 });
    const appendedMs = replica.clock.monotonicMs();
    replica.append(['a.b', replica.nowS, 1]);
    await replica.pass(WRITTEN_MS);
    expect(replica.runner.replica.writer.counters.committedPoints).to.equal(1);
    expect(replica.savedSequence()).to.equal(undefined);
    while (replica.savedSequence() === undefined) await replica.pass(1_000);
    expect(replica.clock.monotonicMs() - appendedMs).to.be.within(
      WRITE_DELAY_MS + 40_000,
      WRITE_DELAY_MS + 45_000,
    );
  });

  it('keeps saving under a steady load, however long the holdback', async () => {
    const replica = await opened({ holdbackMs: 20_000 });
    let last = 0;
    for (let second = 0; second < 90; second++) {
      last = replica.append(['a.b', replica.nowS, second]);
      await replica.pass(1_000, 100);
    }
    expect(replica.savedSequence()).to.be.within(last - 40, last - 20);
  });

  it('waits for the disk before each checkpoint when it is to', async () => {
    let synced: () => void = () => undefined;
    const sync = (): Promise<void> => new Promise((resolve) => (synced = resolve));
    const replica = await opened({ sync, syncsEach: true });
    replica.append(['a.b', replica.nowS, 1]);
    await replica.pass(WRITTEN_MS);
    expect(replica.savedSequence()).to.equal(undefined);
    synced();
    await replica.pass(100);
    expect(replica.savedSequence()).to.equal(1);
  });

  it('saves no checkpoint while the disk cannot be synced, and says so', async () => {
    const sync = (): Promise<void> => Promise.reject(new Error('no disk'));
    const replica = await opened({ sync, syncsEach: true });
    replica.append(['a.b', replica.nowS, 1]);
    await replica.pass(WRITTEN_MS);
    expect(replica.savedSequence()).to.equal(undefined);
    expect(JSON.stringify(replica.logger.lines)).to.contain('no disk');
  });

  it('rolls up when nothing was written for a while, and holds the checkpoint back until then', async () => {
    const replica = await opened({ rollUpDelayMs: 600_000 }, TWO_ARCHIVES);
    const minuteS = Math.floor(replica.nowS / 60) * 60;
    for (let n = 0; n < 40; n++) replica.append(['a.b', minuteS - 60 + n, n]);
    await replica.pass(WRITTEN_MS);
    expect(replica.runner.report()).to.include({ queuePoints: 0, rollUpsWaiting: 1 });
    expect(replica.savedSequence()).to.equal(undefined);
    await replica.pass(151_000);
    expect(replica.runner.report()).to.include({ queuePoints: 0, rollUpsWaiting: 0 });
    expect(replica.savedSequence()).to.equal(40);
    expect((await replica.fetch('a.b', 1_200)).map(([, value]) => value)).to.deep.equal([19.5]);
  });

  it('lets roll-ups wait between points that all come at the same time, once in two minutes', async () => {
    const replica = await opened({ rollUpDelayMs: 600_000 }, TWO_ARCHIVES);
    let waiting = 0;
    for (let round = 0; round < 4; round++) {
      replica.append(['a.b', replica.nowS, 1]);
      await replica.pass(120_000);
      waiting += replica.runner.report().rollUpsWaiting;
    }
    expect(waiting).to.equal(4);
  });

  it('rolls up after ROLL_UP_DELAY under a steady load, and the checkpoint is not much later', async () => {
    const replica = await opened({ rollUpDelayMs: 40_000 }, TWO_ARCHIVES);
    const behind: number[] = [];
    for (let second = 0; second < 200; second++) {
      const last = replica.append(['a.b', replica.nowS, 1], ['c.d', replica.nowS, 1]);
      await pass(replica.clock, 1_000, 100);
      if (second > 100) behind.push(last - (replica.savedSequence() ?? 0));
    }
    // The delays of the write and of the roll-up, a sixteenth of the latter, and some looks at the clock.
    expect(Math.max(...behind)).to.be.within(50, 58);
  });

  it('opens no file for a roll-up alone where points keep coming', async () => {
    const files = new MemoryFiles();
    const open = files.open.bind(files);
    let [opened, openedSeconds, rollUps] = [0, 0, 0];
    files.open = (path, mode) => {
      if (path.endsWith('.wsp')) opened++;
      return open(path, mode);
    };
    const policy = { rollUpDelayMs: 160_000 };
    const options = { archives: TWO_ARCHIVES, openFilesMax: 1 };
    const replica = new FakeReplica({ files, policy, ...options });
    await replica.pass(500);
    const { counters } = replica.runner.replica.writer;
    for (let second = 0; second < 600; second++) {
      replica.append(...names(4).map((name): NamedPoint => [name, replica.nowS, 1]));
      const [openedBefore, updates] = [opened, counters.updateOperations];
      await pass(replica.clock, 1_000, 100);
      rollUps += replica.runner.report().rollUpsWaiting < 4 && second > 20 ? 1 : 0;
      if (opened - openedBefore > counters.updateOperations - updates) openedSeconds++;
    }
    expect(rollUps, 'seconds in which some are rolled up').to.be.at.least(3);
    expect(openedSeconds, 'seconds with more openings than updates').to.equal(0);
  });

  it('rolls up, late, even when there is always something to write', async () => {
    const clock = new SimulatedClock();
    clock.yieldNow = () => sleep(clock, 50);
    const policy = { rollUpDelayMs: 20_000, writeDelayMs: 0 };
    const replica = new FakeReplica({ clock, policy, archives: TWO_ARCHIVES });
    await replica.pass(500);
    const { writer } = replica.runner.replica;
    const slice = writer.slice.bind(writer);
    writer.slice = (eager) => ({ ...slice(eager), type: 'more' });
    let last = 0;
    for (let second = 0; second < 100; second++) {
      last = replica.append(['a.b', replica.nowS, 1]);
      await pass(replica.clock, 1_000, 100);
    }
    expect(replica.savedSequence()).to.be.at.least(last - 75);
  });
});
