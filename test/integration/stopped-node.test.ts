import { expect } from 'chai';
import { ClusterUnderTest, eventually } from '../support/cluster.js';
import { LineProducer, type Point } from '../support/producers.js';

const METRICS = 2_000;
const ROUNDS = 5;
const STEP_S = 10;

describe('a node that is stopped and started again', function () {
  this.timeout(120_000);
  let cluster: ClusterUnderTest;

  before(async function () {
    // With the delays of checkpoints and roll-ups as they are, which are longer than the test.
    cluster = await ClusterUnderTest.start(this, {
      retentions: '10s:6h,1m:7d,10m:1y',
      cluster: ['SHARDS = 4', 'NODES = node1', 'REPLICATION_FACTOR = 1'],
      nodes: ['node1'],
      cache: ['CARBON_METRIC_INTERVAL = 0'],
      relay: ['CARBON_METRIC_INTERVAL = 0'],
    });
  });

  after(() => cluster?.remove());

  it('reads nothing of its logs again', async () => {
    const startS = Math.floor(Date.now() / 60_000) * 60 - 600;
    const producer = await LineProducer.connect(cluster.ports.line);
    for (let round = 0; round < ROUNDS; round++) await producer.send(pointsOf(startS, round));
    await producer.end();
    await eventually(30_000, 'all points to be read', async () => {
      return (await cluster.figure('carbonbus_points_applied_total', 'node1')) === METRICS * ROUNDS;
    });
    await cluster.stopRole('node1');
    cluster.startRole('node1');
    await cluster.ready();
    const [{ shards }] = (await cluster.view()).nodes;
    expect(shards.map(({ checkpoint, logEnd }) => logEnd - checkpoint)).to.deep.equal([0, 0, 0, 0]);
    expect(shards.every(({ logEnd }) => logEnd > 0)).to.equal(true);
    expect(await cluster.figure('carbonbus_batches_applied_total', 'node1')).to.equal(0);
    const query = `target=sumSeries(stop.*)&from=${startS - 1}&until=${startS + 60}&format=json`;
    const [{ datapoints }] = await cluster.json<{ datapoints: [number | null, number][] }[]>(
      `/render?${query}`,
    );
    const values = datapoints.map(([value]) => value).filter((value) => value !== null);
    const round = (METRICS * (METRICS - 1)) / 2;
    expect(values).to.deep.equal(Array.from({ length: ROUNDS }, (_, n) => round + n * METRICS));
  });
});

function pointsOf(startS: number, round: number): Point[] {
  return Array.from({ length: METRICS }, (_, i) => ({
    metric: `stop.host${i}`,
    timestamp: startS + round * STEP_S,
    value: i + round,
  }));
}
