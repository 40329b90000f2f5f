import { expect } from 'chai';
import { connect } from 'nats';
import { ClusterUnderTest } from '../support/cluster.js';
import { missingPoints, pause, SteadyLoad } from '../support/steady-load.js';

const METRICS = 400;
const SERVERS = ['nats1', 'nats2', 'nats3'];
const PAUSE_MS = 3_000;
/** How long the killed server stays away. */
const AWAY_MS = 8_000;

describe('a cluster on three nats-servers', function () {
  this.timeout(180_000);
  let cluster: ClusterUnderTest;

  before(async function () {
    cluster = await ClusterUnderTest.start(this, {
      nodes: ['node1', 'node2'],
      natsServers: SERVERS,
      retentions: '1s:1h',
      cache: ['WRITE_DELAY = 1'],
      cluster: ['SHARDS = 4', 'NODES = node1:a, node2:b'],
    });
  });

  after(() => cluster?.remove());

  it('loses nothing that was acknowledged when the leader of its logs is killed', async () => {
    const load = await SteadyLoad.start(cluster, 'load', METRICS);
    await pause(PAUSE_MS);
    const calmMs = load.longestPauseMs;
    const leader = await leaderOf(cluster, 'INGEST');
    cluster.stopSupervision(leader);
    cluster.signalChild(leader, 'SIGKILL');
    await pause(AWAY_MS);
    cluster.resumeSupervision(leader);
    await pause(PAUSE_MS);
    await load.stop();
    await cluster.settled(90_000);
    console.log(
      `  ${leader} killed for ${AWAY_MS / 1000} s: longest pause between acknowledgements ${load.longestPauseMs} ms` +
        ` (before: ${calmMs} ms), ${load.retries} batches repeated, ${load.points} points acknowledged`,
    );
    expect(await missingPoints(cluster, [load])).to.deep.equal([]);
  });
});

/** The server, by its name in the test, that leads a stream now. */
async function leaderOf(cluster: ClusterUnderTest, stream: string): Promise<string> {
  const connection = await connect({
    port: cluster.ports.nats,
    user: 'cluster',
    pass: 'secret',
    inboxPrefix: '_INBOX_cluster',
  });
  const info = await (await connection.jetstreamManager()).streams.info(stream);
  await connection.close();
  expect(info.config.num_replicas).to.equal(3);
  return String(info.cluster?.leader).replace('dc1-', '');
}
