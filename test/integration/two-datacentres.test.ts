import { expect } from 'chai';
import { metricPath } from '../../src/storage/metric-path.js';
import { ClusterUnderTest, eventually } from '../support/cluster.js';
import { Link } from '../support/link.js';
import { freePort } from '../support/nats-server.js';
import { AcknowledgedProducer, type Point } from '../support/producers.js';
import { shardOfName } from '../support/shard-of.js';
import { whisperSlots } from '../support/whisper-slots.js';

/** A short cut by default; CUT_SECONDS=60 is a long one. */
const CUT_MS = Number(process.env.CUT_SECONDS ?? 8) * 1000;
const METRICS = Number(process.env.CUT_METRICS ?? 400);
const SHARDS = 4;
const ROUND_MS = 200;
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
    const start = (own: string, foreign: string, leaf: string): Promise<ClusterUnderTest> =>
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
        nats: [leaf, 'LEAF_PASSWORD = between us'],
      });
    one = await start('dc1', 'dc2', `LEAF_LISTEN = 127.0.0.1:${leafPort}`);
    other = await start('dc2', 'dc1', `LEAF_REMOTES = nats-leaf://127.0.0.1:${link.port}`);
    await caughtUp([one, other]);
  });

  after(async () => {
    link?.close();
    await Promise.all([one?.remove(), other?.remove()]);
  });

  it('have all points of both on all disks, after a cut of the link and the death of a nats-server', async () => {
    const loads = [await Load.start(one, 'dc1'), await Load.start(other, 'dc2')];
    await pause(PAUSE_MS);
    link.cut();
    await pause(CUT_MS);
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
    const problems = [one, other].map((cluster) => compare(cluster, loads));
    console.log(
      `  link cut for ${CUT_MS / 1000} s, caught up ${healedMs} ms after it healed; nats-server killed, all caught up` +
        ` ${revivedMs} ms later; ${loads.map(({ points }) => points).join(' + ')} points acknowledged,` +
        ` ${loads.map(({ retries }) => retries).join(' + ')} batches repeated`,
    );
    expect((await Promise.all(problems)).flat()).to.deep.equal([]);
  });
});

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

/** A producer of one datacentre, which sends every point twice: the second time with the value that has to stay. */
class Load {
  points = 0;
  readonly startS = Math.floor(Date.now() / 1000) - 1800;
  readonly #producer: AcknowledgedProducer;
  readonly #name: string;
  #rounds = 0;
  #isStopped = false;
  #running: Promise<void> | undefined;

  private constructor(producer: AcknowledgedProducer, name: string) {
    this.#producer = producer;
    this.#name = name;
  }

  static async start(cluster: ClusterUnderTest, name: string): Promise<Load> {
    const producer = await AcknowledgedProducer.connect(cluster.ports.nats, `load-${name}`);
    const load = new Load(producer, name);
    load.#running = load.#run();
    return load;
  }

  get retries(): number {
    return this.#producer.retries;
  }

  /** Every metric with its acknowledged values. */
  *model(): Generator<{ metric: string; values: Map<number, number> }> {
    for (let i = 0; i < METRICS; i++) {
      const values = new Map<number, number>();
      for (let round = 0; round < this.#rounds; round++) {
        const { timestamp, value } = this.#point(i, round);
        values.set(timestamp, value);
      }
      yield { metric: this.#point(i, 0).metric, values };
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
    await this.#producer.close();
  }

  #point(i: number, round: number): Point {
    const value = ((i * 31 + round * 7919) % 100_003) / 8;
    return { metric: `${this.#name}.host${i}`, timestamp: this.startS + round, value };
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const points = Array.from({ length: METRICS }, (_, i) => this.#point(i, this.#rounds));
      await this.#producer.send(points.map((point) => ({ ...point, value: -1 })));
      await this.#producer.send(points);
      this.#rounds++;
      this.points += 2 * METRICS;
      await pause(ROUND_MS);
    }
  }
}

/** What the files of a datacentre lack of both loads. */
async function compare(cluster: ClusterUnderTest, loads: readonly Load[]): Promise<string[]> {
  const problems: string[] = [];
  const replicas = (await cluster.view()).nodes.flatMap(({ shards }) => shards);
  for (const { metric, values } of loads.flatMap((load) => [...load.model()])) {
    const shard = shardOfName(metric, SHARDS);
    const copies = replicas.filter((replica) => replica.shard === shard);
    if (copies.length !== 2) problems.push(`${metric}: ${copies.length} copies`);
    for (const { dataFolder } of copies) {
      const [finest] = whisperSlots(`${dataFolder}/whisper/${metricPath(metric, true)}`);
      for (const [timestamp, value] of values) {
        const stored = finest.get(timestamp);
        if (stored !== value && problems.length < 20)
          problems.push(`${dataFolder} ${metric} ${timestamp}: ${stored} and not ${value}`);
      }
    }
  }
  return problems;
}

function pause(ms: number): Promise<void> {
  return new Promise((wake) => setTimeout(wake, ms));
}
