import { expect } from 'chai';
import { NodeClient } from '../../../../src/actors/query/node-client.js';
import { Query } from '../../../../src/actors/query/query.js';
import { ReadRepairs } from '../../../../src/actors/query/read-repairs.js';
import { FakeCluster, FROM_S, REQUEST_TIMEOUT_MS } from '../../../support/fake-cluster.js';
import { pass, settled } from '../../../support/fake-time.js';

const ALL_LIVE = { node1: 'live', node2: 'live', node3: 'live' } as const;
const HOLE = Number.NaN;
const METRIC = 'servers.web1.cpu';
const SETTLE_S = 30;

/** A cluster whose points are an hour old, and what it is asked to compare. */
function start(states: Parameters<FakeCluster['beat']>[0] = ALL_LIVE) {
  const cluster = new FakeCluster();
  cluster.clock.advance(3_600_000);
  cluster.beat(states);
  const { clock, logger: log, membership, shardMap } = cluster;
  const client = new NodeClient(cluster.bus, REQUEST_TIMEOUT_MS);
  const repairs = new ReadRepairs({ client, membership, clock, log, settleS: SETTLE_S });
  const query = new Query({ client, membership, shardMap, clock, log, repairs });
  const read = async (...names: string[]): Promise<void> => {
    void query.fetch(names, { fromS: FROM_S, untilS: FROM_S + 3, nowS: FROM_S + 3600 });
    await settled();
  };
  const asked = () =>
    cluster.asked.flatMap(({ node, request }) =>
      request.type === 'compare' ? [{ node, names: request.names }] : [],
    );
  const readMatching = async (fold?: 'sum'): Promise<void> => {
    const window = { fromS: FROM_S, untilS: FROM_S + 3, nowS: FROM_S + 3600 };
    void query.fetchMatching('m*', 100, window, fold);
    await settled();
  };
  return { cluster, repairs, read, readMatching, asked };
}

describe('ReadRepairs', () => {
  it('asks the node whose replica lacks points, once', async () => {
    const { cluster, repairs, read, asked } = start();
    const [best, other] = cluster.homes(METRIC);
    cluster.node(best).metrics[METRIC] = [1, HOLE, 3];
    cluster.node(other).metrics[METRIC] = [1, 2, 3];
    for (let i = 0; i < 3; i++) await read(METRIC);
    await pass(cluster.clock, 5_000, 1_000);
    expect(asked()).to.deep.equal([{ node: best, names: [METRIC] }]);
    expect(repairs.counters).to.include({ readDifferences: 3, readRepairsAsked: 1 });
    await pass(cluster.clock, 600_000, 60_000);
    cluster.beat(ALL_LIVE);
    await read(METRIC);
    await pass(cluster.clock, 1_000, 1_000);
    expect(asked()).to.have.length(2);
  });

  it('asks all replicas now and then, as the one that is read may have everything', async () => {
    const { cluster, read, asked } = start();
    const [best, other] = cluster.homes(METRIC);
    cluster.node(best).metrics[METRIC] = [1, 2, 3];
    cluster.node(other).metrics[METRIC] = [1, 2, 3];
    for (let i = 0; i < 8; i++) await read(METRIC);
    expect(asked()).to.deep.equal([]);
    cluster.node(other).metrics[METRIC] = [1, HOLE, 3];
    cluster.asked.length = 0;
    for (let i = 0; i < 16; i++) await read(METRIC);
    expect(cluster.asked.filter(({ node }) => node === other)).to.have.length(1);
    await pass(cluster.clock, 5_000, 1_000);
    expect(asked()).to.deep.equal([{ node: other, names: [METRIC] }]);
  });

  it('compares what a glob matches as well, where nodes tell the names first too', async () => {
    for (const hasTooMany of [false, true]) {
      const { cluster, readMatching, asked } = start();
      const [best, other] = cluster.homes('m1');
      cluster.node(best).metrics.m1 = [1, 2, 3];
      cluster.node(other).metrics.m1 = [1, HOLE, 3];
      for (const node of [best, other]) cluster.node(node).hasTooMany = hasTooMany;
      for (let i = 0; i < 16; i++) await readMatching();
      await pass(cluster.clock, 5_000, 1_000);
      expect(asked()).to.deep.equal([{ node: other, names: ['m1'] }]);
    }
  });

  it('seldom compares what nodes make one series of', async () => {
    const { cluster, readMatching } = start();
    for (const name of ['m1', 'm2'])
      for (const home of cluster.homes(name)) cluster.node(home).metrics[name] = [1, 2, 3];
    for (let i = 0; i < 257; i++) await readMatching('sum');
    const folds = cluster.asked.map(({ request }) => 'fold' in request);
    const reads = folds.length / 3;
    expect(folds.filter((isFold) => !isFold)).to.have.length(2 * 3);
    expect(reads).to.equal(257);
  });

  it('asks a node that has nothing of the metric', async () => {
    const { cluster, read, asked } = start();
    const [best, other] = cluster.homes(METRIC);
    cluster.node(other).metrics[METRIC] = [1, 2, 3];
    await read(METRIC);
    await pass(cluster.clock, 1_000, 1_000);
    expect(asked()).to.deep.equal([{ node: best, names: [METRIC] }]);
  });

  it('leaves alone whoever replays, and what is the same', async () => {
    const { cluster, repairs, read, asked } = start({ ...ALL_LIVE, node1: 'replaying' });
    const names = Array.from({ length: 40 }, (_, i) => `m${i}`);
    for (const name of names) {
      for (const home of cluster.homes(name)) {
        cluster.node(home).metrics[name] = home === 'node1' ? [1, HOLE, 3] : [1, 2, 3];
      }
    }
    await read(...names);
    await pass(cluster.clock, 5_000, 1_000);
    expect(asked()).to.deep.equal([]);
    expect(repairs.counters.readDifferences).to.equal(0);
  });

  it('asks in parts, one request a node and second, and drops what is over its room', async () => {
    const { cluster, repairs, read, asked } = start();
    const names = Array.from({ length: 12_000 }, (_, i) => `m${i}`);
    for (const name of names) cluster.node(cluster.homes(name)[0]).metrics[name] = [1, 2, 3];
    await read(...names);
    await pass(cluster.clock, 1_000, 1_000);
    expect(asked().length).to.be.within(1, 3);
    for (const part of asked()) expect(part.names.length).to.be.at.most(64);
    expect(repairs.counters.readRepairsDropped).to.equal(2_000);
  });

  it('asks again for what could not be asked', async () => {
    const { cluster, repairs, read, asked } = start();
    const [best, other] = cluster.homes(METRIC);
    cluster.node(other).metrics[METRIC] = [1, 2, 3];
    await read(METRIC);
    cluster.silence(best);
    await pass(cluster.clock, REQUEST_TIMEOUT_MS + 1_000, 1_000);
    expect(repairs.counters.readRepairsFailed).to.equal(1);
    cluster.bus.silent.clear();
    await read(METRIC);
    await pass(cluster.clock, 2_000, 1_000);
    expect(asked()).to.have.length(1);
  });
});
