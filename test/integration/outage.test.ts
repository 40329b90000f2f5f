import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { ReplayView } from '../../src/actors/query/replica-view.js';
import { ClusterUnderTest, eventually, NODES } from '../support/cluster.js';
import { AcknowledgedProducer, LineProducer, type Point } from '../support/producers.js';

const METRICS = 2_000;
const STEP_S = 10;
/** Bounds that the documentation states, in MB of resident memory of a process. */
const NODE_RSS_MB_MAX = 600;
const RELAY_RSS_MB_MAX = 300;
const SERVER_RSS_MB_MAX = 1_500;
/** Sent while a node is stopped; two thirds of them are for it. */
const BACKLOG_POINTS = 1_500_000;
const REPLAY_MIB_PER_SECOND = 3;
const REPLAY_LAG_LIMIT = 16;
/** Of what is told of a live replica some is as old as its heartbeat. */
const LIVE_LAG_MAX = 3 * REPLAY_LAG_LIMIT;
const NOTICED_MS = 3_000;

describe('a cluster with a node away', function () {
  this.timeout(240_000);
  let cluster: ClusterUnderTest;

  before(async function () {
    cluster = await ClusterUnderTest.start(this, {
      retentions: '10s:6h',
      cache: [
        'WRITE_DELAY = 1',
        `MAX_REPLAY_BYTES_PER_SECOND = ${REPLAY_MIB_PER_SECOND * 2 ** 20}`,
        `REPLAY_LAG_LIMIT = ${REPLAY_LAG_LIMIT}`,
      ],
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
    await eventually(20_000, 'all metrics to be readable', async () => {
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

  it('lets producers notice nothing of a stopped node, and replays its backlog without harm', async () => {
    const pid = cluster.childPid('node3');
    process.kill(pid, 'SIGSTOP');
    const startS = Math.floor(Date.now() / 10_000) * 10 - 20_000;
    const lines = await LineProducer.connect(cluster.ports.line);
    const slowest = await sendBacklog(lines, startS);
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
    const resumedMs = Date.now();
    const live = sendSteadily(lines, startS - STEP_S);
    const { samples, liveLag } = await watchedReplay(cluster, 'node3');
    await live.stop();
    await lines.end();
    const replayedMs = Date.now() - resumedMs;
    await cluster.settled(120_000);
    const replicas = Math.max(...samples.map((sample) => sample.replicas));
    const fromLag = Math.max(...samples.map((sample) => sample.fromLag));
    console.log(
      `  ${replicas} replicas replayed ${fromLag} messages in ${(replayedMs / 1000).toFixed(1)} s, at most ` +
        `${REPLAY_MIB_PER_SECOND} MiB/s; largest lag of a live replica meanwhile: ${liveLag}`,
    );
    expect(replicas, 'replicas that replay at once').to.be.greaterThan(5);
    console.log(toldAndTaken(samples));
    expect(liveLag).to.be.at.most(LIVE_LAG_MAX);
    const peaks = Object.fromEntries(
      ['nats', 'relay1', ...NODES].map((name) => [name, peakMb(cluster.childPid(name))]),
    );
    console.log(`  peak memory after a backlog of a million points, MB: ${JSON.stringify(peaks)}`);
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

/** What a node has said of its replay, and when. */
interface ReplaySample extends ReplayView {
  atMs: number;
}

/** Looks at the replay of a node until it is over. */
async function watchedReplay(
  cluster: ClusterUnderTest,
  name: string,
): Promise<{ samples: ReplaySample[]; liveLag: number }> {
  const samples: ReplaySample[] = [];
  let liveLag = 0;
  await eventually(120_000, 'the replay to be over', async () => {
    const { nodes } = await cluster.view();
    const { replay } = nodes.find((node) => node.name === name) ?? { replay: null };
    if (replay === null) return samples.length > 0;
    samples.push({ ...replay, atMs: Date.now() });
    // At first a replica does not know yet that it has fallen behind.
    if (Date.now() - samples[0].atMs > NOTICED_MS) {
      const live = nodes.flatMap(({ shards }) => shards.filter(({ state }) => state === 'live'));
      liveLag = Math.max(liveLag, ...live.map(({ lag }) => lag));
    }
    return false;
  });
  return { samples, liveLag };
}

/** What was said in the middle of a replay of the time that was left, and what it took. */
function toldAndTaken(samples: readonly ReplaySample[]): string {
  const told = samples.filter(({ secondsLeft }) => secondsLeft !== null);
  if (told.length === 0) return '  nothing was told of the time that was left';
  const { atMs, secondsLeft } = told[Math.floor(told.length / 2)];
  const tookS = (samples[samples.length - 1].atMs - atMs) / 1000;
  return `  told in the middle: ${secondsLeft} s left; it took ${tookS.toFixed(1)} s`;
}

/** A point of each metric every 200 ms, until it is stopped. */
function sendSteadily(lines: LineProducer, atS: number): { stop(): Promise<void> } {
  let isStopped = false;
  const running = (async () => {
    while (!isStopped) {
      await lines.send(round(atS, 0));
      await new Promise((wake) => setTimeout(wake, 200));
    }
  })();
  return {
    stop: () => {
      isStopped = true;
      return running;
    },
  };
}

/** Sends the backlog over half a minute; returns the longest write, in ms. */
async function sendBacklog(lines: LineProducer, startS: number): Promise<number> {
  const rounds = BACKLOG_POINTS / METRICS;
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
