import { expect } from 'chai';
import { RetiredFiles } from '../../../../src/actors/repair/retired-files.js';
import { encode } from '../../../../src/protocols/codec.js';
import type { Gap, RetiredReport } from '../../../../src/protocols/repair-messages.js';
import { HEARTBEAT_SUBJECT } from '../../../../src/protocols/subjects.js';
import { WhisperStore } from '../../../../src/storage/whisper/store.js';
import { FakePeers } from '../../../support/fake-peers.js';
import { FakeReplica, FOLDER, opened } from '../../../support/fake-replica.js';
import { settled } from '../../../support/fake-time.js';
import type { MemoryFiles } from '../../../support/memory-files.js';
import { ARCHIVES, append, options, TAGGED } from '../../../support/repair-scene.js';

function retiredFiles(replica: FakeReplica, files: MemoryFiles, gaps: Gap[] = []): RetiredFiles {
  const store = new WhisperStore({
    files,
    root: `${FOLDER}/whisper`,
    schemas: () => ({
      match: () => ({ archives: ARCHIVES, xFilesFactor: 0.5, method: 'average' }),
    }),
    openFilesMax: 1,
    sparse: true,
    hashTagged: true,
  });
  const checkpoint = replica.log.lastSequence;
  return new RetiredFiles(
    { shard: 0, store, taggedNames: () => [TAGGED], checkpoint, gaps },
    replica.clock,
  );
}

/** Zeros in a file, which somebody may have open. */
function zero(files: MemoryFiles, path: string, from: number, length: number): void {
  const fd = files.open(path, 'update');
  files.write(fd, new Uint8Array(length), 0, length, from);
  files.close(fd);
}

/** `a` and `b` keep the shard of which the node `old` has files as well; all have read the same. */
async function scene({ more = 0 } = {}) {
  const a = await opened(options);
  const shared = { ...options, clock: a.clock, log: a.log };
  const b = await opened(shared);
  const old = await opened(shared);
  for (let i = 0; i < 100; i++) append(a, i);
  await a.pass(20_000);
  const stopping = old.runner.stop(a.clock.monotonicMs() + 1_000);
  await a.pass(1_000);
  await stopping;
  // The others have read on.
  for (let i = 100; i < 100 + more; i++) append(a, i);
  await a.pass(20_000);
  const peers = new FakePeers(a.clock, ['node1', 'node2']);
  peers.add('node1', a);
  peers.add('node2', b);
  const removed: number[] = [];
  const repairs = peers.add('old', undefined, { retired: [retiredFiles(a, old.files)], removed });
  await peers.pass(2_000);
  const remove = (begin = true) =>
    repairs.answer({ type: 'removeRetired', shard: 0, begin }) as Promise<RetiredReport>;
  /** What comes of it. */
  const outcome = async () => {
    await remove();
    await peers.pass(5_000);
    return remove(false);
  };
  return { a, b, old, peers, repairs, removed, remove, outcome };
}

describe('retired shards', () => {
  it('are removed when all who keep the shard have what is in them', async () => {
    const { peers, repairs, removed, remove } = await scene({ more: 10 });
    expect(repairs.counters().retiredShards).to.equal(1);
    expect(await remove()).to.include({ state: 'checking', reason: '' });
    expect(await remove(), 'asked again').to.include({ state: 'checking' });
    await peers.pass(5_000);
    expect(removed).to.deep.equal([0]);
    expect(await remove(false)).to.include({ state: 'removed', compared: 7, metrics: 7 });
    expect(repairs.counters().retiredShards).to.equal(0);
    const asked = Promise.resolve().then(() =>
      repairs.answer({ type: 'names', shard: 0, after: '', limit: 1 }),
    );
    expect(await asked.catch((error) => error.code), 'served no more').to.equal('WRONG_NODE');
  });

  it('stay while one of them lacks a point, and say which', async () => {
    const { b, removed, outcome } = await scene();
    const path = `${FOLDER}/whisper/m/m3.wsp`;
    zero(b.files, path, 40, 12);
    expect(await outcome()).to.include({ state: 'kept', reason: 'node2 lacks points of m.m3' });
    b.files.remove(path);
    expect(await outcome()).to.include({ state: 'kept', reason: 'node2 lacks m.m3' });
    expect(removed).to.deep.equal([]);
  });

  it('stay while one of them lacks a single coarse point', async () => {
    const { a, removed, outcome } = await scene();
    const path = `${FOLDER}/whisper/a/b.wsp`;
    const coarse = Buffer.from(a.files.readAll(path)).readUInt32BE(16 + 12);
    zero(a.files, path, coarse, 12);
    expect((await outcome()).reason).to.equal('node1 lacks points of a.b');
    expect(removed).to.deep.equal([]);
  });

  it('stay where a file there cannot be compared with the one here', async () => {
    const { old, outcome } = await scene();
    const path = `${FOLDER}/whisper/a/b.wsp`;
    const bytes = old.files.readAll(path);
    new DataView(bytes.buffer).setUint32(16 + 8, 599);
    old.files.put(path, bytes);
    expect((await outcome()).reason).to.match(/^a\.b has other archives on node2/);
  });

  it('stay while one of them cannot be asked, is not live or has gaps', async () => {
    const { b, peers, removed, outcome } = await scene();
    b.runner.replica.gaps.note('corruptFile', 0, { metric: 'a.b' });
    await peers.pass(1_000);
    expect((await outcome()).reason).to.match(/^shard 0 on node2 still lacks points/);
    peers.silent.add('node2');
    await peers.pass(4_000);
    expect((await outcome()).reason).to.equal('node2 is suspect');
    peers.silent.clear();
    void b.runner.rest(b.clock.monotonicMs());
    await peers.pass(2_000);
    expect((await outcome()).reason).to.equal('shard 0 on node2 is resting');
    expect(removed).to.deep.equal([]);
  });

  it('stay while one of them is configured for another layout', async () => {
    const { peers, remove, outcome } = await scene();
    const half = { role: 'node', name: 'node2', state: 'live', shards: [], counters: {} };
    peers.bus.publish(HEARTBEAT_SUBJECT, encode(half));
    await remove();
    await settled();
    expect((await remove(false)).reason).to.equal(
      'node2 is configured otherwise: it does not say how',
    );
    peers.layouts.set('node1', { replicationFactor: 3, nodes: 'node1:' });
    await peers.pass(1_000);
    expect((await outcome()).reason).to.equal(
      'node1 is configured otherwise: NODES is node1:, node2: here and node1: there; REPLICATION_FACTOR is 2 here and 3 there',
    );
  });

  it('are still served when the disk does not let them go', async () => {
    const { peers, repairs, removed, outcome } = await scene();
    peers.removalFailure = 'EACCES';
    expect(await outcome()).to.include({ state: 'kept', reason: 'EACCES' });
    expect(repairs.counters().retiredShards).to.equal(1);
    peers.removalFailure = undefined;
    expect(await outcome()).to.include({ state: 'removed' });
    expect(removed).to.deep.equal([0]);
  });

  it('are none of another shard', async () => {
    const { repairs } = await scene();
    const asked = Promise.resolve().then(() =>
      repairs.answer({ type: 'removeRetired', shard: 1, begin: true }),
    );
    expect(await asked.catch((error) => error.code)).to.equal('WRONG_NODE');
  });

  it('give the names of tagged series to those who know only their files', async () => {
    const { b } = await scene();
    b.files.remove(`${FOLDER}/tagged-names`);
    await b.runner.stop(b.clock.monotonicMs());
    const again = new FakeReplica({ ...options, files: b.files, log: b.log, clock: b.clock });
    await again.pass(5_000);
    expect(await again.find(TAGGED)).to.deep.equal([]);
    const peers = new FakePeers(b.clock, ['node2']);
    peers.add('node2', again);
    const repairs = peers.add('old', undefined, { retired: [retiredFiles(b, b.files)] });
    await peers.pass(2_000);
    await repairs.answer({ type: 'removeRetired', shard: 0, begin: true });
    await peers.pass(5_000);
    expect(await again.find(TAGGED)).to.deep.equal([TAGGED]);
  });
});
