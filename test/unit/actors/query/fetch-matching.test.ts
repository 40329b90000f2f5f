import { expect } from 'chai';
import type { Matching } from '../../../../src/actors/query/series-fetch.js';
import { FakeCluster, FROM_S } from '../../../support/fake-cluster.js';
import { pass, settled, watch } from '../../../support/fake-time.js';

const HOLE = Number.NaN;
const GRACE_MS = 250;
const ALL_LIVE = { node1: 'live', node2: 'live', node3: 'live' } as const;

/** The values that were fetched, by metric. */
function values(matching: Matching | undefined) {
  return Object.fromEntries(
    (matching?.series ?? []).map(({ name, values }) => [name, [...values]]),
  );
}

describe('Query fetchMatching', () => {
  const WINDOW = { fromS: FROM_S, untilS: FROM_S + 3, nowS: FROM_S + 600 };
  const NAMES = Array.from({ length: 20 }, (_, i) => `m${String(i).padStart(2, '0')}`);

  /** Both homes of each of `NAMES` have it; of the last one the first home lacks a point. */
  function withMetrics() {
    const cluster = new FakeCluster();
    NAMES.forEach((name, i) => {
      const [best, other] = cluster.homes(name);
      const isLast = i === NAMES.length - 1;
      cluster.node(best).metrics[name] = isLast ? [i, HOLE, 2] : [i, 1, 2];
      cluster.node(other).metrics[name] = [i, 1, 2];
    });
    cluster.beat(ALL_LIVE);
    return cluster;
  }

  const types = (cluster: FakeCluster) => cluster.asked.map(({ request }) => request.type).sort();
  const expected = Object.fromEntries(NAMES.map((name, i) => [name, [i, 1, 2]]));

  it('asks each node once for names and points, and others for what is missing', async () => {
    const cluster = withMetrics();
    const asked = watch(cluster.query.fetchMatching('m*', 100, WINDOW));
    await settled();
    expect(asked.value?.names).to.deep.equal(NAMES);
    expect(values(asked.value)).to.deep.equal(expected);
    const fetches = Array.from({ length: 3 }, () => 'fetchMatching');
    expect(types(cluster)).to.deep.equal(['fetch', ...fetches]);
    expect(cluster.inquiry.completeness).to.include({
      ...{ shardsAsked: 8, shardsAnswered: 8, filledPoints: 1 },
    });
  });

  it('asks by their names for those that are too many for one answer', async () => {
    const cluster = withMetrics();
    cluster.node('node2').hasTooMany = true;
    const asked = watch(cluster.query.fetchMatching('m*', 100, WINDOW));
    await settled();
    expect(asked.value?.names).to.deep.equal(NAMES);
    expect(values(asked.value)).to.deep.equal(expected);
  });

  it('asks other replicas for the shards that a node leaves out, and that a silent one has', async () => {
    const cluster = withMetrics();
    cluster.node('node1').notReady = [...cluster.shardMap.shardsOf('node1')];
    const asked = watch(cluster.query.fetchMatching('m*', 100, WINDOW));
    await settled();
    expect(asked.value?.names).to.deep.equal(NAMES);
    expect(Object.keys(values(asked.value))).to.deep.equal(NAMES);
    const other = withMetrics();
    other.silence('node3');
    const late = watch(other.query.fetchMatching('m*', 100, WINDOW));
    await pass(other.clock, 4 * GRACE_MS, GRACE_MS);
    expect(Object.keys(values(late.value))).to.have.length(NAMES.length);
  });

  it('takes what nodes have made of their series, and fills the holes of the others', async () => {
    const cluster = withMetrics();
    const sums = NAMES.reduce((sum, _, i) => sum + i, 0);
    const asked = watch(cluster.query.fetchMatching('m*', 100, WINDOW, 'sum'));
    await settled();
    const { folded, names } = asked.value ?? {};
    expect(folded?.count).to.equal(NAMES.length);
    expect([...(folded?.values ?? [])]).to.deep.equal([sums, NAMES.length, 2 * NAMES.length]);
    expect([...(folded?.missing ?? [])]).to.deep.equal([0, 0, 0]);
    expect(names).to.deep.equal([]);
    expect(types(cluster).filter((type) => type === 'fetch').length).to.equal(1);
    expect(cluster.inquiry.completeness).to.include({ shardsAnswered: 8, filledPoints: 1 });
    const few = watch(cluster.query.fetchMatching('m*', 19, WINDOW, 'sum'));
    await settled();
    expect(few.value?.isTruncated).to.equal(true);
  });

  it('reads series themselves where their order counts, and does not try for a while', async () => {
    const cluster = withMetrics();
    // Of another node than most others, which makes one series of these.
    for (const home of cluster.homes('m01')) cluster.node(home).metrics.m01 = [0.1, 1, 2];
    const read = async () => {
      cluster.asked.length = 0;
      const asked = watch(cluster.query.fetchMatching('m*', 100, WINDOW, 'sum'));
      await settled();
      expect(asked.value?.folded).to.equal(undefined);
      expect(values(asked.value)).to.deep.equal({ ...expected, m01: [0.1, 1, 2] });
      return types(cluster).filter((type) => type === 'fetchMatching').length;
    };
    expect(await read()).to.equal(6);
    for (let i = 0; i < 16; i++) expect(await read()).to.equal(3);
    expect(await read()).to.equal(6);
  });

  it('fetches nothing where there are too many', async () => {
    const cluster = withMetrics();
    const asked = watch(cluster.query.fetchMatching('m*', 19, WINDOW));
    await settled();
    expect(asked.value?.isTruncated).to.equal(true);
    expect(asked.value?.series.length).to.equal(0);
    const refused = watch(cluster.query.fetchMatching('x.'.repeat(1000), 10, WINDOW));
    await settled();
    expect(refused.error?.code).to.equal('BAD_REQUEST');
  });
});
