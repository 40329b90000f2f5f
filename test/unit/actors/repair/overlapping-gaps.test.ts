import { expect } from 'chai';
import { giveUpGaps } from '../../../../src/actors/query/gaps.js';
import { NodeClient } from '../../../../src/actors/query/node-client.js';
import { FakePeers, SETTLE_S } from '../../../support/fake-peers.js';
import { FakeReplica, opened } from '../../../support/fake-replica.js';
import { append, gapsOf, slots } from '../../../support/repair-scene.js';

/** Longer than all points need to be in files, and then in a checkpoint. */
const WRITTEN_MS = 20_000;
const SETTLED_MS = (SETTLE_S + 10) * 1000;
/** Fine points are kept for longer than any of these tests waits. */
const options = {
  archives: [
    { secondsPerPoint: 1, points: 3600 },
    { secondsPerPoint: 60, points: 120 },
  ],
};

async function stopped(replica: FakeReplica): Promise<void> {
  const stopping = replica.runner.stop(replica.clock.monotonicMs() + 1000);
  await replica.pass(1_000);
  await stopping;
}

function back(was: FakeReplica, log = was.log): FakeReplica {
  return new FakeReplica({ ...options, files: was.files, log, clock: was.clock });
}

/**
 * Three replicas of one log, of which `a` comes to lack the messages 31 to 50 and `b` those from 21 to 40. `c` has read
 * all of them.
 */
async function threeAway() {
  const one = await opened(options);
  const shared = { ...options, clock: one.clock, log: one.log };
  const two = await opened(shared);
  const c = await opened(shared);
  const add = async (from: number, to: number): Promise<void> => {
    for (let i = from; i <= to; i++) append(one, i);
    await one.pass(WRITTEN_MS);
  };
  await add(1, 20);
  await stopped(two);
  await add(21, 30);
  await stopped(one);
  await add(31, 40);
  one.log.removeBefore(41);
  const b = back(two);
  await add(41, 50);
  one.log.removeBefore(51);
  const a = back(one);
  await add(51, 60);
  return { a, b, c };
}

function extents(replica: FakeReplica) {
  return gapsOf(replica).map(({ state, fromSequence, toSequence }) => [
    state,
    fromSequence,
    toSequence,
  ]);
}

describe('replicas whose gaps overlap', () => {
  it('take from each other what only one of them lacks', async () => {
    const { a, b, c } = await threeAway();
    expect(extents(a)).to.deep.equal([['open', 31, 50]]);
    expect(extents(b)).to.deep.equal([['open', 21, 40]]);
    const peers = new FakePeers(a.clock, ['node1', 'node2']);
    peers.add('node1', a);
    peers.add('node2', b);
    await peers.pass(SETTLED_MS);
    expect(extents(a)).to.deep.equal([['irreparable', 31, 40]]);
    expect(extents(b)).to.deep.equal([['irreparable', 31, 40]]);
    expect(gapsOf(a)[0].reason).to.equal('node2 lacks it as well');
    expect(slots(a)).to.deep.equal(slots(b));
    // Ten messages are gone, and nothing else.
    const [finest] = Object.values(slots(c))[0];
    const [ours] = Object.values(slots(a))[0];
    expect(Object.keys(finest)).to.have.length(60);
    expect(Object.keys(ours)).to.have.length(50);
    expect(finest).to.deep.include(ours);
    expect(a.runner.accounts()).to.include({ messagesLost: 20, messagesRepaired: 10 });
  });

  it('are given up for what nobody has, and for nothing else', async () => {
    const { a, b } = await threeAway();
    const peers = new FakePeers(a.clock, ['node1', 'node2']);
    peers.add('node1', a);
    peers.add('node2', b);
    const giveUp = async (node: string) => {
      const giving = giveUpGaps(new NodeClient(peers.bus, 1_000), [node], null);
      await peers.pass(1);
      return (await giving).gaps;
    };
    expect(await giveUp('node1')).to.deep.equal([]);
    expect(extents(a)).to.deep.equal([['open', 31, 50]]);
    await peers.pass(SETTLED_MS);
    expect(await giveUp('node1')).to.have.length(1);
    expect(extents(a)).to.deep.equal([]);
    expect(a.runner.accounts()).to.include({ messagesRepaired: 10, messagesGivenUp: 10 });
    // It stays so, here and after a start.
    expect(gapsOf(back(a))).to.deep.equal([]);
    expect(await giveUp('node1')).to.deep.equal([]);
  });

  it('lack nothing in the end where their gaps only touch', async () => {
    const { a, b, c } = await threeAway();
    // `b` had those from 31 on after all.
    const { gaps } = b.runner.replica;
    gaps.begin(gaps.all);
    gaps.end({ type: 'compared', left: [{ ...gapsOf(b)[0], state: 'open', toSequence: 30 }] });
    const peers = new FakePeers(a.clock, ['node1', 'node2', 'node3']);
    peers.add('node1', a);
    peers.add('node2', b);
    peers.add('node3', c);
    await peers.pass(SETTLED_MS);
    expect(extents(a)).to.deep.equal([]);
    expect(extents(b)).to.deep.equal([]);
  });

  it('keep what is left on the list until the third of them can be asked', async () => {
    const { a, b, c } = await threeAway();
    const peers = new FakePeers(a.clock, ['node1', 'node2', 'node3']);
    peers.silent.add('node3');
    const repairs = peers.add('node1', a);
    peers.add('node2', b);
    peers.add('node3', c);
    await peers.pass(SETTLED_MS + 120_000);
    expect(extents(a)).to.deep.equal([['open', 31, 40]]);
    expect(extents(b)).to.deep.equal([['open', 31, 40]]);
    expect(gapsOf(a)[0].reason).to.equal('node3 cannot be asked');
    expect(slots(a)).to.deep.equal(slots(b));
    const { repairBytesMoved } = repairs.counters();
    await peers.pass(300_000);
    expect(repairs.counters().repairBytesMoved, 'what helps no more is not read again').to.equal(
      repairBytesMoved,
    );
    peers.silent.clear();
    await peers.pass(600_000);
    expect(extents(a)).to.deep.equal([]);
    expect(extents(b)).to.deep.equal([]);
    expect(slots(a)).to.deep.equal(slots(c));
    expect(slots(b)).to.deep.equal(slots(c));
  });

  it('find what no one has where three of them lack it', async () => {
    const { a, b, c } = await threeAway();
    c.runner.replica.gaps.note('retention', (c.nowS - 200) * 1000, {
      stream: 'SHARD_0',
      from: 36,
      to: 45,
    });
    const peers = new FakePeers(a.clock, ['node1', 'node2', 'node3']);
    peers.add('node1', a);
    peers.add('node2', b);
    peers.add('node3', c);
    await peers.pass(SETTLED_MS);
    for (const replica of [a, b, c])
      expect(extents(replica)).to.deep.equal([['irreparable', 36, 40]]);
    expect(gapsOf(a)[0].reason).to.equal('node2 and node3 lack it as well');
  });

  it('take a single metric from whoever has it', async () => {
    const { a, b, c } = await threeAway();
    c.runner.replica.gaps.note('corruptFile', 0, { metric: 'a.b' });
    const peers = new FakePeers(a.clock, ['node1', 'node2', 'node3']);
    peers.add('node1', a);
    peers.add('node2', b);
    peers.add('node3', c);
    await peers.pass(SETTLED_MS);
    for (const replica of [a, b]) {
      expect(extents(replica)).to.deep.equal([['irreparable', 31, 40]]);
      expect(gapsOf(replica)[0].metric).to.equal('a.b');
      expect(replica.runner.counters().messagesRepaired).to.equal(20);
    }
    const { [Object.keys(slots(c))[0]]: _, ...others } = slots(c);
    expect(slots(a)).to.deep.include(others);
  });
});
