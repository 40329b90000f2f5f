import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { connect, type NatsConnection } from 'nats';
import { decodeBatch } from '../../src/protocols/batch.js';
import { PointBlock } from '../../src/protocols/points.js';
import { shardStream, shardSubject } from '../../src/protocols/subjects.js';
import { ClusterUnderTest, eventually } from '../support/cluster.js';
import {
  caughtUp,
  datacentre,
  mirrors,
  missingAnywhere,
  NOTICED_MS,
  SHARDS,
  surviveCutAndKill,
} from '../support/datacentres.js';
import { batchOf } from '../support/fake-points.js';
import { freePort } from '../support/free-port.js';
import { Link } from '../support/link.js';
import { SteadyLoad } from '../support/steady-load.js';

/** No longer than it takes to be noticed by default; CUT_SECONDS=60 is a long one. */
const CUT_MS = Number(process.env.CUT_SECONDS ?? 0) * 1000;
const METRICS = Number(process.env.CUT_METRICS ?? 200);
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
      all.push(await ClusterUnderTest.start(this, datacentre(name, others(name), leaf)));
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
    await surviveCutAndKill(all, loads, link, CUT_MS);
    expect(await missingAnywhere(all, loads)).to.deep.equal([]);
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
      await eventually(30_000, 'the mirror to stand still', async () =>
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
    expect(await missingAnywhere([reader], loads)).to.deep.equal([]);
  });

  it('refuse one of another layout, and say what differs', async function () {
    const leaf = [`LEAF_REMOTES = nats-leaf://127.0.0.1:${link.port}`];
    const layout = ['SHARDS = 4', 'ROUTER_HASH_TYPE = carbon_ch'];
    const other = await ClusterUnderTest.start(this, {
      ...datacentre('dc4', DATACENTRES, leaf, layout),
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

function others(name: string): string[] {
  return DATACENTRES.filter((one) => one !== name);
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
