import { expect } from 'chai';
import { ALL_WRITTEN_MS, type FakeReplica, opened } from '../../../support/fake-replica.js';

/** Longer than it takes to look at the end of the log twice. */
const LOOKED_TWICE_MS = 5_000;

/** Points of one metric, a second apart, each in a message. */
function append(replica: FakeReplica, metric: string, values: readonly number[]): void {
  const firstS = replica.nowS - 50;
  for (const value of values) replica.append([metric, firstS + value, value]);
}

const from = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);

async function valuesOf(replica: FakeReplica, metric: string): Promise<number[]> {
  return (await replica.fetch(metric, 200)).map(([, value]) => value);
}

describe('shard replica whose log has lost its end', () => {
  /** One that has read ten messages, and written and saved them. */
  async function written(): Promise<FakeReplica> {
    const replica = await opened();
    append(replica, 'old', from(1, 10));
    await replica.pass(ALL_WRITTEN_MS);
    expect(replica.savedSequence()).to.equal(10);
    return replica;
  }

  it('reads what was accepted since, and keeps what it had read before', async () => {
    const replica = await written();
    replica.log.cutBack(6);
    append(replica, 'new', from(1, 8));
    await replica.pass(ALL_WRITTEN_MS);
    expect(await valuesOf(replica, 'new')).to.deep.equal(from(1, 8));
    expect(await valuesOf(replica, 'old')).to.deep.equal(from(1, 10));
    expect(replica.runner.report()).to.include({ state: 'live', applied: 14, checkpoint: 14 });
    expect(replica.made).to.equal(1);
  });

  it('does so too while the log is shorter than what was read', async () => {
    const replica = await written();
    replica.log.cutBack(2);
    append(replica, 'new', [1, 2]);
    await replica.pass(LOOKED_TWICE_MS);
    expect(await valuesOf(replica, 'new')).to.deep.equal([1, 2]);
    await replica.pass(ALL_WRITTEN_MS);
    expect(replica.savedSequence()).to.equal(4);
  });

  it('finds it by its checkpoint when it was away meanwhile', async () => {
    const before = await written();
    before.log.cutBack(6);
    append(before, 'new', from(1, 8));
    const replica = before.killedAndRestarted();
    await replica.pass(ALL_WRITTEN_MS);
    expect(await valuesOf(replica, 'new')).to.deep.equal(from(1, 8));
    expect(replica.savedSequence()).to.equal(14);
  });

  it('notes a gap, as peers may have read more of what was lost, and counts no message as lost', async () => {
    const replica = await written();
    replica.log.removeBefore(4);
    replica.log.cutBack(6);
    append(replica, 'new', from(1, 8));
    await replica.pass(ALL_WRITTEN_MS);
    expect(replica.runner.replica.gaps.all.map(({ kind }) => kind)).to.deep.equal(['newLog']);
    expect(replica.runner.counters()).to.include({ messagesLost: 0 });
    expect(await valuesOf(replica, 'new')).to.deep.equal(from(1, 8));
  });

  it('does not wait for an end that it was told of, and that was lost before it came', async () => {
    const replica = await written();
    await replica.runner.replica.receive({ type: 'logEnd', log: 0, sequence: 100 });
    expect(replica.runner.report()).to.include({ state: 'replaying', logEnd: 100 });
    replica.log.cutBack(10);
    await replica.pass(LOOKED_TWICE_MS);
    expect(replica.runner.report()).to.include({ state: 'live', logEnd: 10 });
  });
});
