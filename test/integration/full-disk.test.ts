import { join } from 'node:path';
import { expect } from 'chai';
import { metricPath } from '../../src/storage/metric-path.js';
import { ClusterUnderTest, eventually } from '../support/cluster.js';
import { AcknowledgedProducer, type Point } from '../support/producers.js';
import { SmallDisk } from '../support/small-disk.js';
import { differences, whisperSlots } from '../support/whisper-slots.js';

const METRICS = 500;
const FULL = 'node1';
const DISK_BYTES = 8 * 2 ** 20;

describe('a node on a full disk', function () {
  this.timeout(180_000);
  let cluster: ClusterUnderTest;
  let disk: SmallDisk | undefined;

  before(async function () {
    cluster = await ClusterUnderTest.start(this, {
      retentions: '10s:1h',
      cache: ['WRITE_DELAY = 1'],
      prepare: (dataFolder) => {
        disk = SmallDisk.mount(join(dataFolder, FULL), DISK_BYTES);
        if (disk === undefined) this.skip();
      },
    });
  });

  after(async () => {
    await cluster?.stop();
    disk?.unmount();
    await cluster?.remove();
  });

  it('turns its shards degraded, answers, heals by itself, and has lost nothing', async () => {
    const startS = Math.floor(Date.now() / 10_000) * 10 - 600;
    const producer = await AcknowledgedProducer.connect(cluster.ports.nats, 'full-disk');
    await producer.send(round(startS, 0));
    await cluster.settled(30_000);
    disk?.fill();
    for (let number = 1; number <= 5; number++) await producer.send(round(startS, number, METRICS));
    await eventually(30_000, 'degraded shards', async () => (await states()).has('degraded'));
    await eventually(30_000, 'complete answers meanwhile', async () => {
      const counts = await counted(cluster, startS);
      return counts.length === 2 * METRICS && counts.every((count) => count >= 5);
    });
    disk?.makeRoom();
    await eventually(60_000, 'all shards live again', async () => {
      const seen = await states();
      return seen.size === 1 && seen.has('live');
    });
    await cluster.settled(60_000);
    await producer.close();
    expect(await unequalReplicas(cluster)).to.deep.equal([]);
  });

  async function states(): Promise<Set<string>> {
    const { nodes } = await cluster.view();
    const node = nodes.find((one) => one.name === FULL);
    return new Set(node?.shards.map((shard) => shard.state));
  }
});

/** One point of each metric; from round 1 on also of as many new metrics, which need new files. */
function round(startS: number, number: number, more = 0): Point[] {
  return Array.from({ length: METRICS + more }, (_, i) => ({
    metric: `disk.m${i}`,
    timestamp: startS + number * 10,
    value: i + number,
  }));
}

async function counted(cluster: ClusterUnderTest, startS: number): Promise<number[]> {
  const query = new URLSearchParams({
    target: 'disk.*',
    from: String(startS - 10),
    until: String(startS + 100),
    format: 'json',
  });
  const series = await cluster.json<{ datapoints: [number | null, number][] }[]>(
    `/render?${query}`,
  );
  return series.map((one) => one.datapoints.filter(([value]) => value !== null).length);
}

/** Metrics whose files differ between their two nodes, at most three. */
async function unequalReplicas(cluster: ClusterUnderTest): Promise<string[]> {
  const { shardOfName } = await import('../support/shard-of.js');
  const { nodes, shardCount } = await cluster.view();
  const unequal: string[] = [];
  for (let i = 0; i < 2 * METRICS && unequal.length < 3; i++) {
    const name = `disk.m${i}`;
    const [a, b] = nodes
      .flatMap((node) => node.shards)
      .filter((replica) => replica.shard === shardOfName(name, shardCount))
      .map(({ dataFolder }) => whisperSlots(`${dataFolder}/whisper/${metricPath(name, true)}`));
    const found = differences(a, b, 1);
    if (found.length > 0 || a[0].size < 5)
      unequal.push(`${name}: ${found[0]} (${a[0].size} points)`);
  }
  return unequal;
}
