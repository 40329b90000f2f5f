import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { ClusterUnderTest, eventually, NODES } from '../support/cluster.js';
import { AcknowledgedProducer, LineProducer, type Point } from '../support/producers.js';

const METRICS = 2_000;
const STEP_S = 10;
/** Bounds that the documentation states, in MB of resident memory of a process. */
const NODE_RSS_MB_MAX = 600;
const RELAY_RSS_MB_MAX = 300;
const SERVER_RSS_MB_MAX = 1_500;

describe('a cluster with a node away', function () {
  this.timeout(240_000);
  let cluster: ClusterUnderTest;

  before(async function () {
    cluster = await ClusterUnderTest.start(this, {
      retentions: '10s:6h',
      cache: ['WRITE_DELAY = 1'],
    });
  });

  after(() => cluster?.remove());

  it('answers for every metric while a node is down, and shows drop and rejoin', async () => {
    const startS = Math.floor(Date.now() / 10_000) * 10 - 600;
    const producer = await AcknowledgedProducer.connect(cluster.ports.nats, 'outage');
    await producer.send(round(startS, 0));
    await cluster.settled(30_000);
    cluster.stopSupervision('node2');
    cluster.signalChild('node2', 'SIGKILL');
    await stateOf(cluster, 'node2', 'down');
    await producer.send(round(startS, 1));
    await eventually(5_000, 'all metrics to be readable', async () => {
      const series = await allSeries(cluster, startS);
      return series.length === METRICS && series.every((points) => points >= 2);
    });
    expect(await lagOf(cluster, 'node2'), 'lag of the node that is down').to.be.greaterThan(0);
    cluster.resumeSupervision('node2');
    await stateOf(cluster, 'node2', 'live');
    await eventually(30_000, 'the lag to fall to zero', async () => {
      return (await lagOf(cluster, 'node2')) === 0;
    });
    await producer.close();
  });

  it('says that the logs cannot be asked while nats-server is away, and goes on afterwards', async () => {
    cluster.stopSupervision('nats');
    cluster.signalChild('nats', 'SIGKILL');
    for (const path of ['/cluster', '/health/ready', '/metrics']) {
      const response = await fetch(cluster.url(path));
      expect(response.status, path).to.equal(503);
      expect(await response.text(), path).to.contain('LOG_UNREACHABLE');
    }
    expect((await fetch(cluster.url('/health/live'))).status).to.equal(200);
    cluster.resumeSupervision('nats');
    await cluster.settled(60_000);
  });

  it('lets producers notice nothing of a stopped node, and bounds memory with its backlog', async () => {
    const pid = cluster.childPid('node3');
    process.kill(pid, 'SIGSTOP');
    const startS = Math.floor(Date.now() / 10_000) * 10 - 20_000;
    const lines = await LineProducer.connect(cluster.ports.line);
    const slowest = await sendBacklog(lines, startS);
    await lines.end();
    expect(slowest, 'longest wait of the producer, ms').to.be.lessThan(5_000);
    await eventually(60_000, 'the others to be done', async () => {
      const { nodes } = await cluster.view();
      return nodes
        .filter((node) => node.name !== 'node3')
        .every((node) =>
          node.shards.every((shard) => shard.lag + shard.queuePoints + shard.rollUpsWaiting === 0),
        );
    });
    expect(await lagOf(cluster, 'node3')).to.be.greaterThan(0);
    process.kill(pid, 'SIGCONT');
    await cluster.settled(120_000);
    const peaks = Object.fromEntries(
      ['nats', 'relay1', ...NODES].map((name) => [name, peakMb(cluster.childPid(name))]),
    );
    console.log(`  peak memory after a backlog of 2 million points, MB: ${JSON.stringify(peaks)}`);
    expect(peaks.nats).to.be.lessThan(SERVER_RSS_MB_MAX);
    expect(peaks.relay1).to.be.lessThan(RELAY_RSS_MB_MAX);
    for (const node of NODES) expect(peaks[node], node).to.be.lessThan(NODE_RSS_MB_MAX);
  });
});

function round(startS: number, number: number): Point[] {
  return Array.from({ length: METRICS }, (_, i) => ({
    metric: `outage.host${i}.load`,
    timestamp: startS + number * STEP_S,
    value: i + number,
  }));
}

/** Sends 3 million points (2 million for each node) over more than a minute; returns the longest write, in ms. */
async function sendBacklog(lines: LineProducer, startS: number): Promise<number> {
  const rounds = 3_000_000 / METRICS;
  let slowest = 0;
  for (let number = 0; number < rounds; number++) {
    const beforeMs = performance.now();
    await lines.send(round(startS, number));
    slowest = Math.max(slowest, performance.now() - beforeMs);
    await new Promise((wake) => setTimeout(wake, 40));
  }
  return slowest;
}

/** How many points each metric has since `startS`. */
async function allSeries(cluster: ClusterUnderTest, startS: number): Promise<number[]> {
  const query = new URLSearchParams({
    target: 'outage.host*.load',
    from: String(startS - STEP_S),
    until: String(startS + 10 * STEP_S),
    format: 'json',
  });
  const series = await cluster.json<{ datapoints: [number | null, number][] }[]>(
    `/render?${query}`,
  );
  return series.map((one) => one.datapoints.filter(([value]) => value !== null).length);
}

function stateOf(cluster: ClusterUnderTest, name: string, state: string): Promise<void> {
  return eventually(30_000, `${name} to be ${state}`, async () => {
    const { nodes } = await cluster.view();
    return nodes.find((node) => node.name === name)?.state === state;
  });
}

async function lagOf(cluster: ClusterUnderTest, name: string): Promise<number> {
  const { nodes } = await cluster.view();
  const node = nodes.find((one) => one.name === name);
  return (node?.shards ?? []).reduce((total, replica) => total + replica.lag, 0);
}

function peakMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1024);
}
