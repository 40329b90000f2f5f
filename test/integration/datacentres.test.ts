import { expect } from 'chai';
import { ClusterUnderTest, eventually } from '../support/cluster.js';
import { Link } from '../support/link.js';
import { freePort } from '../support/nats-server.js';
import { missingPoints, pause, SteadyLoad } from '../support/steady-load.js';

/** A short cut by default; CUT_SECONDS=60 is a long one. */
const CUT_MS = Number(process.env.CUT_SECONDS ?? 8) * 1000;
const METRICS = Number(process.env.CUT_METRICS ?? 400);
const SHARDS = 4;
const PAUSE_MS = 2_000;
const CAUGHT_UP_MS = 90_000;

describe('two datacentres', function () {
  this.timeout(150_000 + 2 * CUT_MS);
  let one: ClusterUnderTest;
  let other: ClusterUnderTest;
  let link: Link;

  before(async function () {
    const leafPort = await freePort();
    link = await Link.to(leafPort);
    const start = (own: string, foreign: string, leaf: string[]): Promise<ClusterUnderTest> =>
      ClusterUnderTest.start(this, {
        nodes: ['node1', 'node2'],
        retentions: '1s:1h',
        cache: ['WRITE_DELAY = 1', 'CHECKPOINT_HOLDBACK = 0'],
        cluster: [
          `DATACENTRE = ${own}`,
          `MIRROR_FROM = ${foreign}`,
          `SHARDS = ${SHARDS}`,
          'NODES = node1:a, node2:b',
        ],
        nats: [...leaf, 'LEAF_PASSWORD = between us'],
      });
    one = await start('dc1', 'dc2', [
      `LEAF_LISTEN = 127.0.0.1:${leafPort}`,
      // Without it nats-server tells the other one of a way around the link.
      `LEAF_ADVERTISE = 127.0.0.1:${link.port}`,
    ]);
    other = await start('dc2', 'dc1', [`LEAF_REMOTES = nats-leaf://127.0.0.1:${link.port}`]);
    await caughtUp([one, other]);
  });

  after(async () => {
    link?.close();
    await Promise.all([one?.remove(), other?.remove()]);
  });

  it('have all points of both on all disks, after a cut of the link and the death of a nats-server', async () => {
    const loads = [
      await SteadyLoad.start(one, 'dc1', METRICS),
      await SteadyLoad.start(other, 'dc2', METRICS),
    ];
    await pause(PAUSE_MS);
    link.cut();
    await pause(CUT_MS);
    expect(await mirrorStates([one, other])).to.deep.equal(['cutOff']);
    link.heal();
    const healedMs = await caughtUp([one, other]);
    link.drop();
    await pause(PAUSE_MS);
    const killedMs = Date.now();
    other.signalChild('nats', 'SIGKILL');
    await pause(1_000);
    await caughtUp([one, other]);
    const revivedMs = Date.now() - killedMs;
    await Promise.all(loads.map((load) => load.stop()));
    await Promise.all([one.settled(60_000), other.settled(60_000)]);
    const problems = [one, other].map((cluster) => missingPoints(cluster, loads));
    console.log(
      `  link cut for ${CUT_MS / 1000} s, caught up ${healedMs} ms after it healed; nats-server killed, all caught up` +
        ` ${revivedMs} ms later; ${loads.map(({ points }) => points).join(' + ')} points acknowledged,` +
        ` ${loads.map(({ retries }) => retries).join(' + ')} batches repeated`,
    );
    expect((await Promise.all(problems)).flat()).to.deep.equal([]);
  });
});

/** The states that mirrors are in, each once. */
async function mirrorStates(clusters: readonly ClusterUnderTest[]): Promise<string[]> {
  const views = await Promise.all(clusters.map((cluster) => cluster.view()));
  const replicas = views.flatMap(({ nodes }) => nodes.flatMap(({ shards }) => shards));
  return [...new Set(replicas.flatMap(({ mirrored }) => mirrored.map(({ state }) => state)))];
}

/** Resolves with the time it took until every replica has what the other datacentre had before. */
async function caughtUp(clusters: readonly ClusterUnderTest[]): Promise<number> {
  const fromMs = Date.now();
  await eventually(CAUGHT_UP_MS, 'both datacentres to have the points of the other', async () => {
    for (const cluster of clusters) {
      const { nodes } = await cluster.view();
      const logs = nodes.flatMap(({ shards }) => shards.flatMap(({ mirrored }) => mirrored));
      if (
        !logs.every(({ state, behind }) => state === 'following' && behind !== null && behind < 5)
      )
        return false;
      if (logs.length < 2 * SHARDS || !logs.every(({ lag }) => lag < 5)) return false;
    }
    return true;
  });
  return Date.now() - fromMs;
}
