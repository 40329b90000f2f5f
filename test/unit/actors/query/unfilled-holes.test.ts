import { expect } from 'chai';
import { Inquiries } from '../../../../src/actors/query/inquiry.js';
import { FakeCluster, FROM_S, REQUEST_TIMEOUT_MS } from '../../../support/fake-cluster.js';
import { pass, settled, watch } from '../../../support/fake-time.js';

const GRACE_MS = 250;
const HOLE = Number.NaN;
const METRIC = 'servers.web1.cpu';
const ALL_LIVE = { node1: 'live', node2: 'live', node3: 'live' } as const;

/** A cluster of which the preferred replica of `METRIC` has a hole, and an inquiry for it. */
function holed(requireComplete: boolean, second = [1, 2, 3]) {
  const cluster = new FakeCluster();
  const [best, other] = cluster.homes(METRIC);
  cluster.node(best).metrics[METRIC] = [1, HOLE, 3];
  cluster.node(other).metrics[METRIC] = second;
  cluster.beat(ALL_LIVE);
  const inquiries = new Inquiries(requireComplete);
  const inquiry = inquiries.open();
  const fetch = () => {
    const window = { fromS: FROM_S, untilS: FROM_S + 3, nowS: FROM_S + 600 };
    return watch(cluster.query.for(inquiry).fetch([METRIC], window));
  };
  return { cluster, best, other, inquiries, inquiry, fetch };
}

function valuesOf(series: readonly { values: Float64Array }[] | undefined) {
  return [...(series?.[0]?.values ?? [])];
}

describe('holes that are not filled', () => {
  it('are told where the replica that may have the points is late', async () => {
    const { cluster, other, inquiry, inquiries, fetch } = holed(false);
    cluster.node(other).delayMs = 2 * GRACE_MS;
    const asked = fetch();
    await pass(cluster.clock, GRACE_MS, GRACE_MS);
    expect(valuesOf(asked.value)).to.deep.equal([1, HOLE, 3]);
    expect(inquiry.completeness).to.include({ shardsAnswered: 1, shardsUnfilled: 1 });
    expect(inquiry.isComplete).to.equal(false);
    expect(inquiries.counters).to.include({ answersUnfilled: 1, partialAnswers: 0 });
  });

  it('are none where it has nothing either, or fills them', async () => {
    for (const second of [
      [1, HOLE, 3],
      [1, 2, 3],
    ]) {
      const { inquiry, inquiries, fetch } = holed(false, second);
      const asked = fetch();
      await settled();
      expect(valuesOf(asked.value)).to.deep.equal(second);
      expect(inquiry.completeness).to.include({ shardsUnfilled: 0 });
      expect(inquiry.isComplete).to.equal(true);
      expect(inquiries.counters.answersUnfilled).to.equal(0);
    }
  });

  it('are waited for where all has to be there', async () => {
    const { cluster, other, inquiry, fetch } = holed(true);
    cluster.node(other).delayMs = 8 * GRACE_MS;
    const asked = fetch();
    await pass(cluster.clock, 4 * GRACE_MS, GRACE_MS);
    expect(asked.state).to.equal('pending');
    await pass(cluster.clock, 4 * GRACE_MS, GRACE_MS);
    expect(valuesOf(asked.value)).to.deep.equal([1, 2, 3]);
    expect(inquiry.completeness).to.include({ filledPoints: 1, shardsUnfilled: 0 });
  });

  it('are a reason to refuse there, when the replica does not answer at all', async () => {
    const { cluster, other, inquiries, fetch } = holed(true);
    cluster.silence(other);
    const asked = fetch();
    await pass(cluster.clock, REQUEST_TIMEOUT_MS + GRACE_MS, GRACE_MS);
    expect(asked.error?.code).to.equal('PARTIAL_ANSWER');
    expect(asked.error?.message).to.include('a replica which does not answer');
    expect(inquiries.counters.answersUnfilled).to.equal(1);
  });

  it('are told where a gap is known, and nobody is there who could fill it', async () => {
    const { cluster, best, other, inquiry, fetch } = holed(false);
    for (let beat = 0; beat < 7; beat++) {
      cluster.clock.advance(1000);
      const states = Object.fromEntries(
        Object.entries(ALL_LIVE).filter(([name]) => name !== other),
      ) as Record<string, 'live'>;
      cluster.beat(states, undefined, { [best]: 1 });
    }
    expect(cluster.membership.member('node', other)?.state).to.equal('down');
    const asked = fetch();
    await settled();
    expect(valuesOf(asked.value)).to.deep.equal([1, HOLE, 3]);
    expect(inquiry.completeness).to.include({ shardsBehind: 0, shardsUnfilled: 1 });
  });
});
