import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { connect, type NatsConnection } from 'nats';
import { decodeBatch } from '../../src/protocols/batch.js';
import { PointBlock } from '../../src/protocols/points.js';
import { shardStream, shardSubject } from '../../src/protocols/subjects.js';
import { type ClusterOptions, ClusterUnderTest, eventually } from '../support/cluster.js';
import { batchOf } from '../support/fake-points.js';
import { Link } from '../support/link.js';
import { freePort } from '../support/nats-server.js';
import { missingPoints, pause, SteadyLoad } from '../support/steady-load.js';

/** No longer than it takes to be noticed by default; CUT_SECONDS=60 is a long one. */
const CUT_MS = Number(process.env.CUT_SECONDS ?? 0) * 1000;
const METRICS = Number(process.env.CUT_METRICS ?? 200);
const SHARDS = 2;
const PAUSE_MS = 1_000;
const NOTICED_MS = 30_000;
const CAUGHT_UP_MS = 90_000;
/** The least that may be configured. */
const STUCK_AFTER_S = 5;
const ACCESS = ['NATS_USER = cluster', 'NATS_PASSWORD = secret', 'LEAF_PASSWORD = between us'];
/** The first listens, and the others connect to it. */
const DATACENTRES = ['dc1', 'dc2', 'dc3'];

describe('three datacentres', function () {
  this.timeout(180_000 + 2 * CUT_MS);
  const all: ClusterUnderTest[] = [];
  let loads: SteadyLoad[] = [];
  let link: Link;

  before(async function () {
    const leafPort = await freePort();
    link = await Link.to(leafPort);
    // Without the last line nats-server tells the others of a way around the link.
    const listening = [
      `LEAF_LISTEN = 127.0.0.1:${leafPort}`,
      `LEAF_ADVERTISE = 127.0.0.1:${link.port}`,
    ];
    for (const name of DATACENTRES) {
      const connects = [`LEAF_REMOTES = nats-leaf://127.0.0.1:${link.port}`];
      const leaf = name === DATACENTRES[0] ? listening : connects;
      all.push(await ClusterUnderTest.start(this, options(name, leaf)));
    }
    await caughtUp(all);
  });

  after(async () => {
    link?.close();
    await Promise.all(all.map((cluster) => cluster.remove()));
  });

  it('have all points of all on all disks, after a cut of the link and the death of a nats-server', async () => {
    loads = await Promise.all(
      all.map((cluster, i) => SteadyLoad.start(cluster, DATACENTRES[i], METRICS)),
    );
    await pause(PAUSE_MS);
    const cutMs = Date.now();
    link.cut();
    await pause(CUT_MS);
    await eventually(NOTICED_MS, 'the cut to be noticed', async () => {
      const states = (await mirrors(all)).map(({ state }) => state);
      return states.every((state) => state === 'cutOff');
    });
    link.heal();
    const healedMs = await caughtUp(all);
    const cutForMs = Date.now() - cutMs - healedMs;
    const killedMs = Date.now();
    all[1].signalChild('nats', 'SIGKILL');
    await pause(PAUSE_MS);
    await caughtUp(all);
    const revivedMs = Date.now() - killedMs;
    await Promise.all(loads.map((load) => load.stop()));
    await Promise.all(all.map((cluster) => cluster.settled(60_000)));
    console.log(
      `  link cut for ${cutForMs} ms, caught up ${healedMs} ms after it healed; nats-server killed, all caught up` +
        ` ${revivedMs} ms later; ${loads.map(({ points }) => points).join(' + ')} points acknowledged,` +
        ` ${loads.map(({ retries }) => retries).join(' + ')} batches repeated`,
    );
    expect(await missing(all, loads)).to.deep.equal([]);
  });

  it('have in their own logs what they accepted themselves, and nothing that came from the others', async () => {
    for (const [i, cluster] of all.entries()) {
      const name = DATACENTRES[i];
      const connection = await natsOf(cluster);
      const { points, strangers } = await pointsInLogs(connection, `${name}.`);
      await connection.close();
      expect(strangers, `of others in the logs of ${name}`).to.equal(0);
      expect(points).to.be.at.least(loads[i].points);
    }
  });

  it('notice a mirror that has missed a message for good, and make it again', async function () {
    const [origin, reader] = all;
    const connection = await natsOf(origin);
    const { streams } = await connection.jetstreamManager();
    const odd = batchOf([['odd.metric', Math.floor(Date.now() / 1000), 1]]);
    // nats-server 2.9 has its mirrors refuse this message, and count one less from then on.
    const { seq } = await connection
      .jetstream()
      .publish(shardSubject(0), odd, { expect: { streamName: shardStream(0) } });
    try {
      await eventually(10_000, 'the mirror to stand still', async () =>
        (await mirrors([reader])).some(({ state }) => state === 'stalled'),
      );
    } catch {
      console.log('  skipping: this nats-server mirrors every message');
      this.skip();
    }
    const again = 'carbonbus_mirrors_made_again_total';
    const before = await reader.figure(again, 'node1');
    await streams.deleteMessage(shardStream(0), seq);
    await connection.jetstream().publish(shardSubject(0), odd);
    await connection.close();
    const sinceMs = Date.now();
    await eventually(NOTICED_MS, 'the mirror to be made again', async () => {
      return (await reader.figure(again, 'node1')) > before;
    });
    await reader.settled(NOTICED_MS);
    console.log(`  made again and at the end of its log after ${Date.now() - sinceMs} ms`);
    expect(logOf(reader, 'node1')).to.match(/"shard":0,"datacentre":"dc1".*a mirror is made again/);
    expect(await missing([reader], loads)).to.deep.equal([]);
  });

  it('refuse one of another layout, and say what differs', async function () {
    const leaf = [`LEAF_REMOTES = nats-leaf://127.0.0.1:${link.port}`];
    const layout = ['SHARDS = 4', 'ROUTER_HASH_TYPE = carbon_ch'];
    const other = await ClusterUnderTest.start(this, {
      ...options('dc4', leaf, layout),
      roles: ['nats', 'node1'],
    });
    const problem =
      /SHARDS is 4 here and 2 there; ROUTER_HASH_TYPE is carbon_ch here and jump_fnv1a_ch there.*the other datacentre cannot be mirrored/;
    try {
      await eventually(30_000, 'the refusal', () => problem.test(logOf(other, 'node1')));
      const connection = await natsOf(other);
      const names = await streamNames(connection);
      await connection.close();
      expect(names).to.include(shardStream(3));
      expect(names.filter((name) => name.includes('_FROM_'))).to.deep.equal([]);
    } finally {
      await other.remove();
    }
  });
});

/** A datacentre of one node that mirrors all others. */
function options(
  name: string,
  leaf: readonly string[],
  layout: readonly string[] = [`SHARDS = ${SHARDS}`],
): ClusterOptions {
  return {
    nodes: ['node1'],
    retentions: '1s:1h',
    cache: ['WRITE_DELAY = 1', 'CHECKPOINT_HOLDBACK = 0'],
    cluster: [
      `DATACENTRE = ${name}`,
      `MIRROR_FROM = ${DATACENTRES.filter((one) => one !== name).join(', ')}`,
      'NODES = node1:a',
      'REPLICATION_FACTOR = 1',
      ...layout,
    ],
    nats: [...leaf, `MIRROR_STUCK_AFTER = ${STUCK_AFTER_S}`, ...ACCESS],
  };
}

/** What the replicas of some datacentres say of the mirrors that they read. */
async function mirrors(clusters: readonly ClusterUnderTest[]) {
  const views = await Promise.all(clusters.map((cluster) => cluster.view()));
  const replicas = views.flatMap(({ nodes }) => nodes.flatMap(({ shards }) => shards));
  return replicas.flatMap(({ mirrored }) => mirrored);
}

/** Resolves with the time it took until every replica has what the other datacentres had before. */
async function caughtUp(clusters: readonly ClusterUnderTest[]): Promise<number> {
  const fromMs = Date.now();
  const expected = clusters.reduce((sum, { nodes }) => sum + nodes.length * SHARDS * 2, 0);
  await eventually(CAUGHT_UP_MS, 'all datacentres to have the points of the others', async () => {
    const logs = await mirrors(clusters);
    return (
      logs.length === expected &&
      logs.every(
        ({ state, behind, lag }) =>
          state === 'following' && behind !== null && behind < 5 && lag < 5,
      )
    );
  });
  return Date.now() - fromMs;
}

async function missing(
  clusters: readonly ClusterUnderTest[],
  loads: readonly SteadyLoad[],
): Promise<string[]> {
  const problems = clusters.map((cluster) => missingPoints(cluster, loads, cluster.nodes.length));
  return (await Promise.all(problems)).flat();
}

function natsOf({ ports }: ClusterUnderTest): Promise<NatsConnection> {
  const inboxPrefix = '_INBOX_cluster';
  return connect({ port: ports.nats, user: 'cluster', pass: 'secret', inboxPrefix });
}

async function streamNames(connection: NatsConnection): Promise<string[]> {
  const { streams } = await connection.jetstreamManager();
  const names: string[] = [];
  for await (const name of streams.names()) names.push(name);
  return names;
}

/** How many points of the own logs have names that begin so, and how many have others that a load sent. */
async function pointsInLogs(
  connection: NatsConnection,
  prefix: string,
): Promise<{ points: number; strangers: number }> {
  const { streams } = await connection.jetstreamManager();
  const block = new PointBlock();
  const found = { points: 0, strangers: 0 };
  for (let shard = 0; shard < SHARDS; shard++) {
    const { state } = await streams.info(shardStream(shard));
    for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
      const { data } = await streams.getMessage(shardStream(shard), { seq });
      expect(decodeBatch(data, block)).to.equal(undefined);
      for (let i = 0; i < block.count; i++) {
        const name = block.name(i);
        if (name.startsWith(prefix)) found.points++;
        else if (/^dc\d\./.test(name)) found.strangers++;
      }
    }
  }
  return found;
}

function logOf({ folder }: ClusterUnderTest, role: string): string {
  return readFileSync(join(folder, `${role}.log`), 'utf8');
}
