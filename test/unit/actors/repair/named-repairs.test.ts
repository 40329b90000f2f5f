import { expect } from 'chai';
import { FakePeers } from '../../../support/fake-peers.js';
import { type FakeReplica, FOLDER, opened } from '../../../support/fake-replica.js';
import { slotsOfBytes } from '../../../support/whisper-slots.js';

const options = { archives: [{ secondsPerPoint: 1, points: 600 }] };
const HEADER_BYTES = 16 + 12;
const POINT_BYTES = 12;
const METRICS = ['a.b', 'a.c', 'a.d'];

function pathOf(metric: string): string {
  return `${FOLDER}/whisper/${metric.replaceAll('.', '/')}.wsp`;
}

function points(replica: FakeReplica, metric: string): Record<number, number> {
  const hex = replica.whisper()[pathOf(metric)];
  return Object.fromEntries(slotsOfBytes(Buffer.from(hex, 'hex'))[0]);
}

/** Takes some points out of a file, as a disk does that has lost a page. */
function loseSlots(replica: FakeReplica, metric: string, first: number, count: number): void {
  const fd = replica.files.open(pathOf(metric), 'update');
  const zeros = new Uint8Array(count * POINT_BYTES);
  replica.files.write(fd, zeros, 0, zeros.length, HEADER_BYTES + first * POINT_BYTES);
  replica.files.close(fd);
}

describe('comparing metrics that a read found to differ', () => {
  /** Two replicas of three metrics of twenty points, of which the second has lost some. */
  async function start() {
    const a = await opened(options);
    const b = await opened({ ...options, clock: a.clock, log: a.log });
    for (let i = 0; i < 20; i++) {
      for (const metric of METRICS) a.append([metric, a.nowS - 300 + i, i]);
    }
    const peers = new FakePeers(a.clock, ['node1', 'node2']);
    await peers.pass(20_000);
    for (const metric of METRICS) loseSlots(b, metric, 5, 3);
    peers.add('node1', a);
    const repairs = peers.add('node2', b);
    await peers.pass(2_000);
    return { a, b, peers, repairs };
  }

  it('fills those, and no other', async () => {
    const { a, b, peers, repairs } = await start();
    expect(Object.keys(points(b, 'a.b'))).to.have.length(17);
    const names = ['a.b', 'a.c', 'no.such.metric'];
    expect(await repairs.answer({ type: 'compare', shard: 0, names })).to.deep.equal({ taken: 3 });
    await peers.pass(5_000);
    for (const name of ['a.b', 'a.c']) expect(points(b, name)).to.deep.equal(points(a, name));
    expect(Object.keys(points(b, 'a.d'))).to.have.length(17);
    expect(repairs.counters()).to.include({ readRepairs: 3, readRepairsFailed: 0, repairRuns: 0 });
    expect(b.runner.counters().pointsRepaired).to.equal(6);
    expect(await b.find('no.*')).to.deep.equal([]);
  });

  it('takes as many as it has room for', async () => {
    const { repairs } = await start();
    let taken = 0;
    for (let i = 0; i < 20; i++) {
      const names = Array.from({ length: 64 }, (_, n) => `m${i}.${n}`);
      const reply = await repairs.answer({ type: 'compare', shard: 0, names });
      taken += (reply as { taken: number }).taken;
    }
    // The first ones are at work already.
    expect(taken).to.equal(1_064);
    const shard = { type: 'compare' as const, shard: 7, names: ['a'] };
    expect(() => repairs.answer(shard)).to.throw('no files of shard 7');
  });
});
