import { expect } from 'chai';
import { FakeCluster, REQUEST_TIMEOUT_MS } from '../../../support/fake-cluster.js';
import { pass, settled, watch } from '../../../support/fake-time.js';

const GRACE_MS = 250;
const ALL_LIVE = { node1: 'live', node2: 'live', node3: 'live' } as const;
const METRIC = 'servers.web1.cpu';

describe('Query', () => {
  describe('find', () => {
    it('merges what all nodes say, sorted, each path once', async () => {
      const cluster = new FakeCluster();
      cluster.beat(ALL_LIVE);
      cluster.node('node1').metrics = { b: [], a: [] };
      cluster.node('node2').metrics = { c: [], a: [] };
      const found = watch(cluster.query.find('*', 100));
      await settled();
      expect(found.value?.nodes.map((node) => node.path)).to.deep.equal(['a', 'b', 'c']);
      expect(found.value?.truncated).to.equal(false);
      expect(cluster.inquiry.completeness).to.include({ shardsAsked: 8, shardsAnswered: 8 });
    });

    it('says when there is more than was asked for', async () => {
      const cluster = new FakeCluster();
      cluster.beat(ALL_LIVE);
      cluster.node('node1').metrics = { a: [], b: [] };
      cluster.node('node2').metrics = { c: [], d: [] };
      const [some, all] = [watch(cluster.query.find('*', 3)), watch(cluster.query.find('*', 4))];
      await settled();
      expect(some.value?.nodes.map((node) => node.path)).to.deep.equal(['a', 'b', 'c']);
      expect([some.value?.truncated, all.value?.truncated]).to.deep.equal([true, false]);
      cluster.node('node3').truncated = true;
      const more = watch(cluster.query.find('*', 100));
      await settled();
      expect(more.value?.truncated).to.equal(true);
    });

    it('refuses a glob that is none without asking anybody', async () => {
      const cluster = new FakeCluster();
      const found = watch(cluster.query.find('x.'.repeat(1000), 10));
      await settled();
      expect(found.error?.code).to.equal('BAD_REQUEST');
      expect(cluster.asked).to.deep.equal([]);
    });

    it('is complete with one node silent, after a moment', async () => {
      const cluster = new FakeCluster();
      cluster.beat(ALL_LIVE);
      for (const node of cluster.nodes.values()) node.metrics = { a: [] };
      cluster.silence('node2');
      watch(cluster.query.find('*', 100));
      await pass(cluster.clock, GRACE_MS, GRACE_MS);
      expect(cluster.inquiry.completeness).to.include({ shardsAsked: 8, shardsAnswered: 8 });
    });

    it('waits for the other replica of a shard that a node leaves out', async () => {
      const cluster = new FakeCluster();
      cluster.beat(ALL_LIVE);
      const [first, second] = cluster.homes(METRIC);
      const shard = cluster.shardMap.shardOfMetric(METRIC);
      cluster.node(first).notReady = [shard];
      cluster.node(second).metrics = { [METRIC]: [] };
      cluster.node(second).delayMs = GRACE_MS + 500;
      const found = watch(cluster.query.find('*', 100));
      await pass(cluster.clock, GRACE_MS + 400);
      expect(found.state).to.equal('pending');
      await pass(cluster.clock, 2 * GRACE_MS);
      expect(found.value?.nodes.map((node) => node.path)).to.deep.equal([METRIC]);
      expect(cluster.inquiry.completeness).to.include({ shardsAsked: 8, shardsAnswered: 8 });
    });

    it('counts a shard that no node is ready for as unanswered', async () => {
      const cluster = new FakeCluster();
      cluster.beat(ALL_LIVE);
      for (const node of cluster.nodes.values()) node.notReady = [3];
      watch(cluster.query.find('*', 100));
      await pass(cluster.clock, REQUEST_TIMEOUT_MS);
      expect(cluster.inquiry.completeness).to.include({ shardsAsked: 8, shardsAnswered: 7 });
    });

    it('fails with NO_REPLICA when no node is there', async () => {
      const cluster = new FakeCluster();
      for (const name of cluster.nodes.keys()) cluster.silence(name);
      const found = watch(cluster.query.find('*', 100));
      await pass(cluster.clock, REQUEST_TIMEOUT_MS);
      expect(found.error?.code).to.equal('NO_REPLICA');
    });
  });

  describe('cached', () => {
    it('takes the replica that holds most points', async () => {
      const cluster = new FakeCluster();
      cluster.beat(ALL_LIVE);
      const [best, other] = cluster.homes(METRIC);
      cluster.node(best).queued[METRIC] = [[1, 10]];
      cluster.node(other).queued[METRIC] = [
        [1, 10],
        [2, 20],
      ];
      const asked = watch(cluster.query.cached([METRIC]));
      await settled();
      const points = asked.value?.get(METRIC);
      expect([[...points!.timestamps], [...points!.values]]).to.deep.equal([
        [1, 2],
        [10, 20],
      ]);
    });
  });
});
