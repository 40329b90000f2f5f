import { expect } from 'chai';
import { RetiredFiles } from '../../../../src/actors/repair/retired-files.js';
import { WhisperStore } from '../../../../src/storage/whisper/store.js';
import { FakePeers, SETTLE_S } from '../../../support/fake-peers.js';
import { FakeReplica, FOLDER, opened } from '../../../support/fake-replica.js';
import { MemoryFiles } from '../../../support/memory-files.js';
import { ARCHIVES, append, gapsOf, options, slots, TAGGED } from '../../../support/repair-scene.js';

/** Two replicas that have read the same points, `perMetric` each second. */
async function pair() {
  const a = await opened(options);
  const b = await opened({ ...options, clock: a.clock, log: a.log });
  const peers = new FakePeers(a.clock, ['node1', 'node2']);
  for (let i = 0; i < 20; i++) append(a, i);
  await peers.pass(20_000);
  return { a, b, peers };
}

/**
 * What `b` becomes when it stops, and is away while ten messages come and go.
 *
 * @param aheadMs so far ahead is the time of day while it comes back
 */
async function awayTooLong(
  { a, b }: { a: FakeReplica; b: FakeReplica },
  files = b.files,
  aheadMs = 0,
) {
  const stopping = b.runner.stop(b.clock.monotonicMs() + 1000);
  await a.pass(1_000);
  await stopping;
  for (let i = 20; i < 40; i++) append(a, i);
  a.append(['new.metric', a.nowS - 100, 1]);
  a.append(['after.it', a.nowS - 100, 2]);
  await a.pass(30_000);
  a.log.removeBefore(a.log.lastSequence);
  a.clock.jump(aheadMs);
  const back = new FakeReplica({ ...options, files, log: a.log, clock: a.clock });
  await a.pass(15_000);
  a.clock.jump(-aheadMs);
  return back;
}

describe('repair of a replica', () => {
  it('fills from a peer what retention removed before it was read, and forgets the gap', async () => {
    const { a, b, peers } = await pair();
    const back = await awayTooLong({ a, b });
    const [gap] = gapsOf(back);
    expect(gap).to.include({ kind: 'retention', state: 'open', stream: 'SHARD_0', metric: '' });
    expect(gap).to.include({ fromSequence: 21, toSequence: 41 });
    expect(gap.fromS).to.be.within(back.nowS - 120, back.nowS - 40);
    expect(slots(back)).to.not.deep.equal(slots(a));

    peers.add('node1', a);
    const repairs = peers.add('node2', back);
    await peers.pass((SETTLE_S + 10) * 1000);
    expect(gapsOf(back)).to.deep.equal([]);
    expect(slots(back)).to.deep.equal(slots(a));
    expect(await back.find('new.*')).to.deep.equal(['new.metric']);
    expect(await back.find(TAGGED)).to.deep.equal([TAGGED]);
    expect(repairs.counters()).to.include({ gapsOpen: 0, repairRuns: 1 });
    expect(back.runner.counters()).to.include({ gapsFound: 1, gapsRepaired: 1, filesRepaired: 1 });
    expect(back.runner.counters().pointsReplaced).to.equal(0);
  });

  it('fills a gap that was noted while the clock was a day ahead, and not a day later', async () => {
    const { a, b, peers } = await pair();
    const back = await awayTooLong({ a, b }, b.files, 86_400_000);
    expect(gapsOf(back)[0].untilS).to.be.greaterThan(back.nowS + 80_000);
    peers.add('node1', a);
    peers.add('node2', back);
    await peers.pass((SETTLE_S + 10) * 1000);
    expect(gapsOf(back)).to.deep.equal([]);
    expect(slots(back)).to.deep.equal(slots(a));
  });

  it('remembers a gap across a crash', async () => {
    const { a, b } = await pair();
    const back = await awayTooLong({ a, b });
    const again = back.killedAndRestarted();
    await again.pass(1_000);
    expect(gapsOf(again)[0]).to.include({ kind: 'retention', fromSequence: 21 });
  });

  it('builds a replica whose disk is new from its peer', async () => {
    const { a, b, peers } = await pair();
    const back = await awayTooLong({ a, b }, new MemoryFiles());
    expect(gapsOf(back)[0]).to.include({ kind: 'newReplica', fromS: 0, fromSequence: 1 });
    peers.add('node1', a);
    const repairs = peers.add('node2', back);
    await peers.pass((SETTLE_S + 10) * 1000);
    expect(gapsOf(back)).to.deep.equal([]);
    expect(slots(back)).to.deep.equal(slots(a));
    expect(Object.keys(slots(back))).to.have.length(9);
    const { repairBytesMoved } = repairs.counters();
    expect(repairBytesMoved).to.be.within(2_000, 20_000);
  });

  it('makes files with the header of its peer, whatever its own rules say', async () => {
    const { a, b, peers } = await pair();
    const back = await awayTooLong({ a, b }, new MemoryFiles());
    back.rule = { archives: [{ secondsPerPoint: 10, points: 10 }], xFilesFactor: 0, method: 'max' };
    peers.add('node1', a);
    peers.add('node2', back);
    await peers.pass((SETTLE_S + 10) * 1000);
    const path = `${FOLDER}/whisper/a/b.wsp`;
    expect(back.whisper()[path].slice(0, 80)).to.equal(a.whisper()[path].slice(0, 80));
  });

  it('waits for its peer, and tries again', async () => {
    const { a, b, peers } = await pair();
    const back = await awayTooLong({ a, b });
    peers.add('node1', a);
    const repairs = peers.add('node2', back);
    peers.silent.add('node1');
    await peers.pass((SETTLE_S + 10) * 1000);
    const reply = (await repairs.answer({ type: 'gaps' })) as { repairs: unknown[] };
    expect(reply.repairs[0]).to.include({ state: 'waiting', reason: 'node1 cannot be asked' });
    expect(gapsOf(back)[0]).to.include({ state: 'open', reason: 'node1 cannot be asked' });
    peers.silent.clear();
    await peers.pass(60_000);
    expect(gapsOf(back)).to.deep.equal([]);
    expect(slots(back)).to.deep.equal(slots(a));
  });

  it('says that nobody has the points when all lack them, and takes what there is', async () => {
    const { a, b, peers } = await pair();
    const back = await awayTooLong({ a, b });
    a.runner.replica.gaps.note('retention', (back.nowS - 90) * 1000, { stream: 'SHARD_0' });
    peers.add('node1', a);
    peers.add('node2', back);
    await peers.pass((SETTLE_S + 10) * 1000);
    expect(gapsOf(back)[0]).to.include({ state: 'irreparable', reason: 'node1 lacks it as well' });
    expect(slots(back)).to.deep.equal(slots(a));
  });

  it('says so at once where no other node keeps the shard', async () => {
    const { a, b } = await pair();
    const back = await awayTooLong({ a, b });
    const alone = new FakePeers(a.clock, ['node2']);
    alone.add('node2', back);
    await alone.pass((SETTLE_S + 10) * 1000);
    const reason = 'no other node keeps this shard';
    expect(gapsOf(back)[0]).to.include({ state: 'irreparable', reason });
  });

  it('copies a file that was damaged, and no other', async () => {
    const { a, b, peers } = await pair();
    peers.add('node1', a);
    peers.add('node2', b);
    const path = `${FOLDER}/whisper/a/b.wsp`;
    b.runner.replica.gaps.note('corruptFile', 0, { metric: 'a.b' });
    b.files.put(path, Buffer.from('nonsense'));
    await b.runner.stop(b.clock.monotonicMs());
    const back = new FakeReplica({ ...options, files: b.files, log: a.log, clock: a.clock });
    peers.add('node2', back);
    await peers.pass((SETTLE_S + 10) * 1000);
    expect(gapsOf(back)).to.deep.equal([]);
    expect(slots(back)[path]).to.deep.equal(slots(a)[path]);
    expect(
      Object.keys(back.files.contents()).filter((name) => name.includes('.corrupt-')),
    ).to.have.length(1);
    expect(back.runner.counters()).to.include({ filesPutAside: 1 });
  });

  it('is the same on both sides where they say different things, whoever is asked first', async () => {
    const { a, b, peers } = await pair();
    const at = a.nowS - 200;
    const path = `${FOLDER}/whisper/odd.wsp`;
    for (const [replica, value] of [
      [a, 5],
      [b, 7],
    ] as const) {
      const store = storeOn(replica.files);
      store.write(0, () => 'odd', [at], [value], 1, a.nowS);
      store.close();
    }
    peers.add('node1', a, { intervalMs: 60_000 });
    peers.add('node2', b, { intervalMs: 60_000 });
    await peers.pass(240_000);
    expect(slots(a)[path][0]).to.deep.equal({ [at]: 7 });
    expect(slots(b)[path]).to.deep.equal(slots(a)[path]);
  });

  it('builds a replica from a node that keeps the shard no longer', async () => {
    const { a, b } = await pair();
    const back = await awayTooLong({ a, b }, new MemoryFiles());
    const peers = new FakePeers(a.clock, ['node2']);
    const store = storeOn(a.files);
    const checkpoint = a.log.lastSequence;
    peers.add('old', undefined, {
      retired: [
        new RetiredFiles(
          { shard: 0, store, taggedNames: () => [TAGGED], checkpoint, gaps: [] },
          a.clock,
        ),
      ],
    });
    await peers.pass(2_000);
    peers.add('node2', back);
    await peers.pass((SETTLE_S + 10) * 1000);
    expect(gapsOf(back)).to.deep.equal([]);
    expect(slots(back)).to.deep.equal(slots(a));
  });
});

function storeOn(files: MemoryFiles): WhisperStore {
  return new WhisperStore({
    files,
    root: `${FOLDER}/whisper`,
    schemas: () => ({
      match: () => ({ archives: ARCHIVES, xFilesFactor: 0.5, method: 'average' }),
    }),
    openFilesMax: 1,
    sparse: true,
    hashTagged: true,
  });
}
