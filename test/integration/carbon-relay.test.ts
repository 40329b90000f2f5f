import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ClusterUnderTest, eventually } from '../support/cluster.js';
import { freePort } from '../support/free-port.js';
import { LineProducer } from '../support/producers.js';
import { requireProgram } from '../support/programs.js';

const METRICS = 200;
const ROUNDS = 5;

describe('a real relay in front: carbon-relay.py, with pickle', function () {
  this.timeout(180_000);
  let cluster: ClusterUnderTest;
  let relay: ChildProcess | undefined;
  let said = '';

  before(async function () {
    requireProgram(this, 'carbon-relay', 'graphite-carbon');
    cluster = await ClusterUnderTest.start(this, { cache: ['WRITE_DELAY = 0'] });
  });

  after(async () => {
    relay?.kill('SIGKILL');
    await cluster?.remove();
  });

  it('brings every point that it was given', async () => {
    const line = await freePort();
    relay = startCarbonRelay(cluster, line, await freePort());
    for (const stream of [relay.stdout, relay.stderr]) stream?.on('data', (text) => (said += text));
    let producer: LineProducer | undefined;
    await eventually(60_000, 'carbon-relay to listen', async () => {
      if (relay?.exitCode !== null) throw new Error(said);
      producer = await LineProducer.connect(line);
      return true;
    });
    const startS = Math.floor(Date.now() / 10_000) * 10 - ROUNDS * 10;
    for (let round = 0; round < ROUNDS; round++) {
      const points = Array.from({ length: METRICS }, (_, i) => ({
        metric: `relayed.m${i}`,
        timestamp: startS + round * 10,
        value: round * METRICS + i + 0.5,
      }));
      await producer?.send(points);
    }
    await producer?.end();
    await eventually(
      30_000,
      'all points',
      async () => (await pointsOf(cluster)) >= METRICS * ROUNDS,
    );
    const query = `/render?target=relayed.m7&from=${startS - 10}&noNullPoints=1&format=json`;
    const [{ datapoints }] = await cluster.json<{ datapoints: [number, number][] }[]>(query);
    expect(datapoints).to.deep.equal(
      Array.from({ length: ROUNDS }, (_, round) => [round * METRICS + 7.5, startS + round * 10]),
    );
    const { rejected } = await cluster.json<{ rejected: unknown[] }>('/rejected');
    expect(rejected).to.deep.equal([]);
  });
});

async function pointsOf(cluster: ClusterUnderTest): Promise<number> {
  const query = '/render?target=relayed.*&from=-5min&noNullPoints=1&format=json';
  const series = await cluster.json<{ datapoints: unknown[] }[]>(query);
  return series.reduce((sum, { datapoints }) => sum + datapoints.length, 0);
}

function startCarbonRelay(cluster: ClusterUnderTest, line: number, pickle: number): ChildProcess {
  const folder = join(cluster.folder, 'carbon-relay');
  mkdirSync(folder);
  const config = join(folder, 'carbon.conf');
  writeFileSync(join(folder, 'storage-schemas.conf'), ''); // it does not start without
  writeFileSync(
    config,
    `[relay]
STORAGE_DIR = ${folder}
CONF_DIR = ${folder}
LOCAL_DATA_DIR = ${folder}
LOG_DIR = ${folder}
PID_DIR = ${folder}
USER =
LINE_RECEIVER_INTERFACE = 127.0.0.1
LINE_RECEIVER_PORT = ${line}
PICKLE_RECEIVER_INTERFACE = 127.0.0.1
PICKLE_RECEIVER_PORT = ${pickle}
ENABLE_UDP_LISTENER = False
RELAY_METHOD = consistent-hashing
DESTINATIONS = 127.0.0.1:${cluster.ports.pickle}
MAX_DATAPOINTS_PER_MESSAGE = 100
CARBON_METRIC_INTERVAL = 0
`,
  );
  const args = [`--config=${config}`, '--nodaemon', `--logdir=${folder}`, 'start'];
  return spawn('carbon-relay', args, { stdio: ['ignore', 'pipe', 'pipe'] });
}
