import { expect } from 'chai';
import { WhisperStore } from '../../../../src/storage/whisper/store.js';
import { FakePeers, SETTLE_S } from '../../../support/fake-peers.js';
import { type FakeReplica, FOLDER, opened } from '../../../support/fake-replica.js';
import { ARCHIVES, gapsOf, options, slots } from '../../../support/repair-scene.js';

const INTERVAL_MS = 60_000;
const HEADER_BYTES = 16 + 12 * ARCHIVES.length;
const POINT_BYTES = 12;

/** Two replicas that read no common log, and are compared with each other from time to time. */
async function strangers(
  intervalMsOfB = INTERVAL_MS,
): Promise<{ a: FakeReplica; b: FakeReplica; peers: FakePeers }> {
  const a = await opened(options);
  const b = await opened({ ...options, clock: a.clock });
  const peers = new FakePeers(a.clock, ['node1', 'node2']);
  peers.add('node1', a, { intervalMs: INTERVAL_MS });
  peers.add('node2', b, { intervalMs: intervalMsOfB });
  return { a, b, peers };
}

/** Writes a value for each of some seconds into a replica's file, behind its back. */
function write(replica: FakeReplica, name: string, seconds: number[], deferRollUps = false): void {
  const store = new WhisperStore({
    files: replica.files,
    root: `${FOLDER}/whisper`,
    schemas: () => ({ match: () => replica.rule }),
    openFilesMax: 1,
    sparse: true,
    hashTagged: true,
    deferRollUps,
  });
  const values = seconds.map((second) => second % 1000);
  store.write(0, () => name, seconds, values, seconds.length, replica.nowS);
  store.close();
}

describe('files of two replicas that differ', () => {
  it('become equal where both know a file by different names', async () => {
    const { a, b, peers } = await strangers();
    a.append(['two..names', a.nowS - 100, 1], ['two.names', a.nowS - 110, 2]);
    b.append(['two.names', b.nowS - 90, 3], ['two..names', b.nowS - 80, 4]);
    await peers.pass(4 * INTERVAL_MS);
    expect(Object.keys(slots(a)[`${FOLDER}/whisper/two/names.wsp`][0])).to.have.length(4);
    expect(slots(b)).to.deep.equal(slots(a));
  });

  it('become equal where one has not rolled up what it has', async () => {
    const { a, b, peers } = await strangers();
    const minute = Math.floor(a.nowS / 60) * 60 - 300;
    const seconds = Array.from({ length: 60 }, (_, i) => minute + i);
    write(a, 'a.b', seconds);
    write(b, 'a.b', seconds.slice(0, 40));
    write(b, 'a.b', seconds.slice(40), true);
    const path = `${FOLDER}/whisper/a/b.wsp`;
    expect(slots(b)[path][1]).to.not.deep.equal(slots(a)[path][1]);
    await peers.pass(3 * INTERVAL_MS);
    expect(slots(b)).to.deep.equal(slots(a));
  });

  it('keep the roll-up of more points, also where the other one is trusted', async () => {
    const { a, b, peers } = await strangers(0);
    const minute = Math.floor(a.nowS / 60) * 60 - 300;
    const seconds = Array.from({ length: 60 }, (_, i) => minute + i);
    write(a, 'a.b', seconds);
    write(b, 'a.b', seconds.slice(0, 40));
    const before = slots(a);
    // It lacks something, and nobody knows of what time; the other one lacks something else.
    a.runner.replica.gaps.note('corruptFile', 0, { metric: 'a.b' });
    await peers.pass((SETTLE_S + 10) * 1000);
    expect(gapsOf(a)).to.deep.equal([]);
    expect(slots(a)).to.deep.equal(before);
  });

  it('become equal where a power cut has left points that belong to other slots', async () => {
    const { a, b, peers } = await strangers();
    const path = `${FOLDER}/whisper/a/b.wsp`;
    const atS = a.nowS - 200;
    write(b, 'a.b', [atS, atS + 5]);
    const bytes = Uint8Array.from(b.files.readAll(path));
    b.files.put(path, bytes.fill(0, HEADER_BYTES, HEADER_BYTES + POINT_BYTES));
    write(b, 'a.b', [atS - 7]);
    write(a, 'a.b', [atS - 7, atS - 2, atS, atS + 5]);
    await peers.pass(3 * INTERVAL_MS);
    expect(slots(b)).to.deep.equal(slots(a));
  });

  it('become equal also while points of another metric cannot be had', async () => {
    const { a, b, peers } = await strangers();
    for (const replica of [a, b])
      replica.runner.replica.gaps.note('corruptFile', 0, { metric: 'lost' });
    await peers.pass((SETTLE_S + 10) * 1000);
    expect(gapsOf(b)).to.have.length(1);
    expect(gapsOf(b)[0]).to.include({ metric: 'lost', state: 'irreparable' });
    write(a, 'a.b', [a.nowS - 100]);
    await peers.pass(3 * INTERVAL_MS);
    expect(slots(b)).to.deep.equal(slots(a));
    expect(Object.keys(slots(b))).to.deep.equal([`${FOLDER}/whisper/a/b.wsp`]);
  });
});
