import { expect } from 'chai';
import fc from 'fast-check';
import { FakeCluster, FROM_S, REQUEST_TIMEOUT_MS } from '../../../support/fake-cluster.js';
import { pass, settled, watch } from '../../../support/fake-time.js';

const GRACE_MS = 250;
const HOLE = Number.NaN;
const ALL_LIVE = { node1: 'live', node2: 'live', node3: 'live' } as const;
const METRIC = 'servers.web1.cpu';

function fetch(cluster: FakeCluster, ...names: string[]) {
  return watch(
    cluster.query.fetch(names, { fromS: FROM_S, untilS: FROM_S + 3, nowS: FROM_S + 600 }),
  );
}

/** The values that were fetched, by metric. */
function values(series: readonly { name: string; values: Float64Array }[] | undefined) {
  return Object.fromEntries((series ?? []).map(({ name, values }) => [name, [...values]]));
}

/** A cluster where both homes of `METRIC` have it. */
function withMetric(first = [1, 2, 3], second = first) {
  const cluster = new FakeCluster();
  const [best, other] = cluster.homes(METRIC);
  cluster.node(best).metrics[METRIC] = first;
  cluster.node(other).metrics[METRIC] = second;
  return { cluster, best, other };
}

describe('Query', () => {
  describe('fetch', () => {
    it('asks the best replica of a metric and nobody else', async () => {
      const { cluster, best } = withMetric();
      cluster.beat(ALL_LIVE);
      const asked = fetch(cluster, METRIC);
      await settled();
      expect(values(asked.value)).to.deep.equal({ [METRIC]: [1, 2, 3] });
      expect(cluster.asked.map((one) => one.node)).to.deep.equal([best]);
      expect(cluster.inquiry.completeness).to.include({
        shardsAsked: 1,
        shardsAnswered: 1,
        filledPoints: 0,
      });
    });

    it('asks the other replica too for what lacks a point that has had time to arrive', async () => {
      for (const [nowS, nodes] of [
        [FROM_S + 3, 1],
        [FROM_S + 60, 1],
        [FROM_S + 63, 2],
      ]) {
        const { cluster } = withMetric([1, 2, HOLE], [1, 2, 3]);
        cluster.beat(ALL_LIVE);
        const asked = watch(
          cluster.query.fetch([METRIC], { fromS: FROM_S, untilS: FROM_S + 3, nowS }),
        );
        await settled();
        expect(values(asked.value)).to.deep.equal({ [METRIC]: [1, 2, nodes === 2 ? 3 : HOLE] });
        expect(cluster.asked).to.have.length(nodes);
      }
    });

    it('asks the other replica too for a metric that the best one does not know', async () => {
      const { cluster, best } = withMetric();
      delete cluster.node(best).metrics[METRIC];
      cluster.beat(ALL_LIVE);
      const asked = fetch(cluster, METRIC);
      await settled();
      expect(values(asked.value)).to.deep.equal({ [METRIC]: [1, 2, 3] });
    });

    it('asks both where the best one knows of a gap', async () => {
      const { cluster, best, other } = withMetric();
      cluster.beat(ALL_LIVE, undefined, { [best]: 1 });
      fetch(cluster, METRIC);
      await settled();
      expect(cluster.asked.map((one) => one.node)).to.have.members([best, other]);
    });

    it('takes the points of the live replica, though the other is placed first', async () => {
      const { cluster, best, other } = withMetric([1, 1, HOLE], [2, HOLE, 2]);
      cluster.beat({ ...ALL_LIVE, [best]: 'replaying' });
      const asked = fetch(cluster, METRIC);
      await settled();
      expect(values(asked.value)).to.deep.equal({ [METRIC]: [2, 1, 2] });
      expect(cluster.inquiry.completeness.filledPoints).to.equal(1);
      expect(cluster.asked).to.have.length(2);
      expect(other).not.to.equal(best);
    });

    it('takes the first home of two live ones, and fills its holes from the other', async () => {
      const { cluster } = withMetric([1, HOLE, HOLE], [2, 2, HOLE]);
      cluster.beat(ALL_LIVE);
      const asked = fetch(cluster, METRIC);
      await settled();
      expect(values(asked.value)).to.deep.equal({ [METRIC]: [1, 2, HOLE] });
      expect(cluster.inquiry.completeness.filledPoints).to.equal(1);
    });

    it('says for which shards nobody has answered that has read its log to the end', async () => {
      const { cluster, best, other } = withMetric();
      const replay = { [best]: 'replaying', [other]: 'replaying' } as const;
      cluster.beat({ ...ALL_LIVE, ...replay });
      fetch(cluster, METRIC);
      await settled();
      expect(cluster.inquiry.completeness).to.include({ shardsAnswered: 1, shardsBehind: 1 });
      const live = withMetric().cluster;
      live.beat({ ...ALL_LIVE, [best]: 'replaying' });
      fetch(live, METRIC);
      await settled();
      expect(live.inquiry.completeness).to.include({ shardsAnswered: 1, shardsBehind: 0 });
    });

    it('does not ask a node that is down while another answers', async () => {
      const { cluster, best } = withMetric();
      cluster.beat(ALL_LIVE);
      for (let beat = 0; beat < 7; beat++) {
        cluster.clock.advance(1000);
        cluster.beat({ node1: 'live', node2: 'live', node3: 'live', [best]: 'live' });
      }
      cluster.asked.length = 0;
      const others = Object.fromEntries(
        Object.entries(ALL_LIVE).filter(([name]) => name !== best),
      ) as Record<string, 'live'>;
      for (let beat = 0; beat < 7; beat++) {
        cluster.clock.advance(1000);
        cluster.beat(others);
      }
      expect(cluster.membership.member('node', best)?.state).to.equal('down');
      const asked = fetch(cluster, METRIC);
      await settled();
      expect(values(asked.value)).to.deep.equal({ [METRIC]: [1, 2, 3] });
      expect(cluster.asked.map((one) => one.node)).not.to.include(best);
    });

    it('asks nodes that are thought to be down when nobody else can answer', async () => {
      const { cluster } = withMetric();
      const asked = fetch(cluster, METRIC);
      await settled();
      expect(values(asked.value)).to.deep.equal({ [METRIC]: [1, 2, 3] });
    });

    it('asks them, too, when those that were likely to answer do not', async () => {
      const { cluster, best, other } = withMetric();
      cluster.beat({ [best]: 'live' });
      cluster.silence(best);
      const asked = fetch(cluster, METRIC);
      await pass(cluster.clock, REQUEST_TIMEOUT_MS);
      expect(values(asked.value)).to.deep.equal({ [METRIC]: [1, 2, 3] });
      expect(cluster.asked.map((one) => one.node)).to.deep.equal([other]);
    });

    it('waits for a node that does not answer for a moment only, once another has', async () => {
      const { cluster, best } = withMetric();
      cluster.beat(ALL_LIVE);
      cluster.silence(best);
      const asked = fetch(cluster, METRIC);
      await pass(cluster.clock, GRACE_MS - 1, GRACE_MS - 1);
      expect(asked.state).to.equal('pending');
      await pass(cluster.clock, 1, 1);
      expect(values(asked.value)).to.deep.equal({ [METRIC]: [1, 2, 3] });
      expect(cluster.inquiry.completeness).to.include({ shardsAsked: 1, shardsAnswered: 1 });
    });

    it('waits for a slow node as long as it alone can answer for a shard', async () => {
      const cluster = new FakeCluster(1);
      cluster.beat(ALL_LIVE);
      const names = Array.from({ length: 60 }, (_, i) => `m${i}`);
      for (const name of names) cluster.node(cluster.homes(name)[0]).metrics[name] = [1, 2, 3];
      cluster.node('node2').delayMs = REQUEST_TIMEOUT_MS - 1000;
      const asked = fetch(cluster, ...names);
      await pass(cluster.clock, REQUEST_TIMEOUT_MS - 1001, 500);
      expect(asked.state).to.equal('pending');
      await pass(cluster.clock, 1, 1);
      expect(asked.value?.length).to.equal(60);
    });

    it('takes the first home of each of many metrics', async () => {
      const cluster = new FakeCluster();
      cluster.beat(ALL_LIVE);
      const names = Array.from({ length: 60 }, (_, i) => `m${i}`);
      for (const name of names) {
        cluster.homes(name).forEach((home, place) => {
          cluster.node(home).metrics[name] = [place, place, place];
        });
      }
      const asked = fetch(cluster, ...names);
      await settled();
      expect(values(asked.value)).to.deep.equal(
        Object.fromEntries(names.map((name) => [name, [0, 0, 0]])),
      );
    });

    it('says how many shards answered, when some did not', async () => {
      const cluster = new FakeCluster(1);
      cluster.beat(ALL_LIVE);
      const names = Array.from({ length: 60 }, (_, i) => `m${i}`);
      for (const name of names) {
        cluster.node(cluster.homes(name)[0]).metrics[name] = [1, 2, 3];
      }
      cluster.silence('node1');
      const asked = fetch(cluster, ...names);
      await pass(cluster.clock, REQUEST_TIMEOUT_MS);
      const missing = cluster.shardMap.shardsOf('node1').length;
      expect(missing).to.be.within(1, 7);
      expect(cluster.inquiry.completeness).to.include({
        shardsAsked: 8,
        shardsAnswered: 8 - missing,
      });
      const expected = names.filter((name) => cluster.homes(name)[0] !== 'node1');
      expect(asked.value?.map(({ name }) => name)).to.have.members(expected);
    });

    it('ends when nobody waits for it any more, and tells the nodes', async () => {
      const { cluster, best, other } = withMetric();
      cluster.beat(ALL_LIVE);
      for (const home of [best, other]) cluster.node(home).delayMs = 1000;
      const asked = fetch(cluster, METRIC);
      await settled();
      expect(asked.state).to.equal('pending');
      cluster.inquiry.abandon();
      await settled();
      expect(asked.error?.code).to.equal('CLIENT_GONE');
      const ids = cluster.asked.flatMap(({ node, request }) =>
        request.type === 'cancel' ? [] : [`${node} ${request.asked?.id}`],
      );
      const cancelled = cluster.asked.flatMap(({ node, request }) =>
        request.type === 'cancel' ? [`${node} ${request.id}`] : [],
      );
      expect(cancelled).to.have.members(ids);
      expect(cancelled).to.have.length(1);
      const count = cluster.asked.length;
      const later = fetch(cluster, METRIC);
      await settled();
      expect(later.error?.code).to.equal('CLIENT_GONE');
      expect(cluster.asked.length).to.equal(count);
      expect(cluster.logger.texts('warn')).to.deep.equal([]);
    });

    it('fails with NO_REPLICA when nobody answers', async () => {
      const { cluster } = withMetric();
      cluster.beat(ALL_LIVE);
      for (const name of cluster.nodes.keys()) cluster.silence(name);
      const asked = fetch(cluster, METRIC);
      await pass(cluster.clock, GRACE_MS);
      await pass(cluster.clock, REQUEST_TIMEOUT_MS);
      expect(asked.error?.code).to.equal('NO_REPLICA');
      expect(asked.error?.message).to.match(/^no node answered: node\d: ./);
    });

    it('is an answer of nothing for a metric that is nowhere, and for no names at all', async () => {
      const { cluster } = withMetric();
      cluster.beat(ALL_LIVE);
      const none = fetch(cluster);
      await settled();
      expect(none.value?.length).to.equal(0);
      expect(cluster.inquiry.completeness.shardsAsked).to.equal(0);
      const unknown = fetch(cluster, 'no.such');
      await settled();
      expect(unknown.value?.length).to.equal(0);
      expect(cluster.inquiry.completeness).to.include({ shardsAsked: 1, shardsAnswered: 1 });
    });

    it('asks for many names in parts, and for each name once', async () => {
      const cluster = new FakeCluster();
      cluster.beat(ALL_LIVE);
      const names = Array.from({ length: 3000 }, (_, i) => `m${i}`);
      for (const name of names) {
        for (const home of cluster.homes(name)) cluster.node(home).metrics[name] = [1, 2, 3];
      }
      const asked = fetch(cluster, ...names);
      await settled();
      expect(asked.value?.length).to.equal(3000);
      const parts = cluster.asked.map(({ request }) => (request as { names: string[] }).names);
      for (const part of parts) expect(part.length).to.be.at.most(500);
      expect(parts.flat()).to.have.length(3000);
    });

    it('asks others about many names when nothing comes, and not as long as something does', async () => {
      for (const [delayMs, others] of [
        [400, false],
        [1_100, true],
      ] as const) {
        const cluster = new FakeCluster();
        cluster.beat(ALL_LIVE);
        const names = Array.from({ length: 6_000 }, (_, i) => `m${i}`);
        for (const name of names)
          for (const home of cluster.homes(name)) cluster.node(home).metrics[name] = [1, 2, 3];
        const owned = names.filter((name) => cluster.homes(name)[0] === 'node1');
        cluster.node('node1').delayMs = delayMs;
        const asked = fetch(cluster, ...names);
        await pass(cluster.clock, 2_500);
        expect(asked.value?.length).to.equal(names.length);
        const fromOthers = cluster.asked.flatMap(({ node, request }) =>
          node === 'node1' ? [] : (request as { names: string[] }).names,
        );
        expect(
          owned.some((name) => fromOthers.includes(name)),
          `${delayMs}`,
        ).to.equal(others);
      }
    });

    it('shows every point that some answering replica has, whoever is silent', async () => {
      const column = fc.array(fc.boolean(), { minLength: 3, maxLength: 3 });
      await fc.assert(
        fc.asyncProperty(column, column, fc.constantFrom(0, 1, 2), async (a, b, silent) => {
          const series = (has: boolean[]): number[] => has.map((one, i) => (one ? i : HOLE));
          const { cluster, best, other } = withMetric(series(a), series(b));
          cluster.beat(ALL_LIVE);
          if (silent > 0) cluster.silence([best, other][silent - 1]);
          const asked = fetch(cluster, METRIC);
          await pass(cluster.clock, GRACE_MS, GRACE_MS);
          const has = (i: number): boolean => (silent !== 1 && a[i]) || (silent !== 2 && b[i]);
          expect(values(asked.value)).to.deep.equal({
            [METRIC]: [0, 1, 2].map((i) => (has(i) ? i : HOLE)),
          });
        }),
        { numRuns: 40 },
      );
    });
  });
});
