import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Lookup } from '../../src/cli/operator/answers.js';
import { ClusterUnderTest, eventually } from '../support/cluster.js';
import { freePort } from '../support/free-port.js';
import { LineProducer } from '../support/producers.js';
import { outputOf, requireProgram } from '../support/programs.js';
import { pause } from '../support/steady-load.js';

interface RenderedSeries {
  target: string;
  datapoints: [number | null, number][];
}

interface Whereabouts extends Lookup {
  logEnd: number;
  whereabouts: {
    process: string;
    answer: { locations: { place: string; points: number; newestValue: number | null }[] };
  }[];
}

/** Asks on port 7002 with a pickle of protocol 2 in its frame, in Python. */
const ASK = `
import pickle, socket, struct, sys
s = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
def ask(request):
    body = pickle.dumps(request, protocol=2)
    s.sendall(struct.pack('!L', len(body)) + body)
    size = struct.unpack('!L', s.recv(4, socket.MSG_WAITALL))[0]
    return pickle.loads(s.recv(size, socket.MSG_WAITALL))
`;
const CACHE_QUERY = `${ASK}
name = sys.argv[2]
print(ask({'type': 'cache-query', 'metric': name})['datapoints'])
print(sorted(ask({'type': 'cache-query-bulk', 'metrics': [name, 'no.such']})['datapointsByMetric'].items()))
`;

/** Reads a metric's aggregation method by carbonlink, and sets another. */
const METADATA_QUERY = `${ASK}
name = sys.argv[2]
print(ask({'type': 'get-metadata', 'metric': name, 'key': 'aggregationMethod'}))
print(ask({'type': 'set-metadata', 'metric': name, 'key': 'aggregationMethod', 'value': sys.argv[3]}))
print('error' in ask({'type': 'get-metadata', 'metric': 'no.such', 'key': 'aggregationMethod'}))
`;

/** Shorter than roles wait for the last of what they say to reach nats-server. */
const ABOUT_TO_END_MS = 300;

describe('a local cluster', function () {
  this.timeout(180_000);
  let cluster: ClusterUnderTest;
  let nowS = 0;

  before(async function () {
    nowS = Math.floor(Date.now() / 10_000) * 10;
    cluster = await ClusterUnderTest.start(this, {
      cache: ['WRITE_DELAY = 20', 'CARBON_METRIC_INTERVAL = 1'],
      relay: ['CARBON_METRIC_INTERVAL = 1'],
    });
  });

  after(() => cluster?.remove());

  it('answers with a point soon after its acceptance, before it is written', async () => {
    const producer = await LineProducer.connect(cluster.ports.line);
    await producer.send([{ metric: 'fresh.point', timestamp: nowS, value: 42.5 }]);
    await producer.end();
    await eventually(8_000, 'the point in an answer', async () => {
      return (await pointsOf(cluster, 'fresh.point')).some(([value]) => value === 42.5);
    });
    await eventually(8_000, 'a heartbeat that tells of the unwritten point', async () => {
      const { nodes } = await cluster.view();
      return nodes.flatMap((node) => node.shards).some((shard) => shard.queuePoints > 0);
    });
  });

  it('answers cache queries, single and in bulk, for Python', async function () {
    requireProgram(this, 'python3', 'python3');
    const port = String(cluster.ports.cacheQuery);
    const output = await outputOf('python3', '-c', CACHE_QUERY, port, 'fresh.point');
    expect(output).to.equal(
      `[(${nowS}.0, 42.5)]\n[('fresh.point', [(${nowS}.0, 42.5)]), ('no.such', [])]\n`,
    );
  });

  it('says where a metric lives and where its newest points are', async () => {
    const lookup = JSON.parse(await cluster.carbonbus('lookup', 'fresh.point', '--json')) as Lookup;
    expect(lookup.replicas).to.have.length(2);
    const found = JSON.parse(
      await cluster.carbonbus('query', 'fresh.point', '--json'),
    ) as Whereabouts;
    expect(found.shard).to.equal(lookup.shard);
    expect(found.logEnd).to.be.greaterThan(0);
    const queued = found.whereabouts.filter(({ answer }) =>
      answer.locations.some(({ place, newestValue }) => place === 'queue' && newestValue === 42.5),
    );
    expect(queued.map(({ process }) => process)).to.have.members(
      lookup.replicas.map(({ node }) => node),
    );
    expect(await cluster.carbonbus('query', 'fresh.point')).to.match(/queue\s+1\s/);
  });

  it('shows its state on the command line and over HTTP', async () => {
    const status = await cluster.carbonbus('status');
    expect(status).to.match(/^dc1: 16 shards on 3 nodes, replication factor 2/);
    for (const node of ['node1', 'node2', 'node3']) expect(status).to.contain(node);
    const view = await cluster.view();
    expect(view).to.include({ datacentre: 'dc1', epoch: 1, shardCount: 16, replicationFactor: 2 });
    for (const node of view.nodes) {
      expect(node.pid).to.equal(cluster.childPid(node.name));
      expect(node.state).to.equal('live');
    }
    expect((await fetch(cluster.url('/health/live'))).status).to.equal(200);
    expect((await fetch(cluster.url('/health/ready'))).status).to.equal(200);
  });

  it('stores what it says about itself under Carbon’s names', async () => {
    await eventually(60_000, 'self-metrics of relay and nodes', async () => {
      const names = await Promise.all(
        ['carbon.relays.*', 'carbon.agents.*'].map(async (query) => {
          const url = `/metrics/find?query=${query}.*`;
          return (await cluster.json<{ text: string }[]>(url)).map((item) => item.text);
        }),
      );
      return (
        names[0].includes('metricsReceived') &&
        names[0].includes('destinations') &&
        ['updateOperations', 'pointsPerUpdate', 'committedPoints', 'creates', 'cache'].every(
          (name) => names[1].includes(name),
        )
      );
    });
    const received = await pointsOf(cluster, 'carbon.relays.*.metricsReceived');
    expect(received.some(([value]) => (value ?? 0) > 0)).to.equal(true);
  });

  it('finds by globs and answers several targets', async () => {
    const producer = await LineProducer.connect(cluster.ports.line);
    const names = ['tree.a.x', 'tree.a.y', 'tree.b.x', 'tree.b'];
    await producer.send(names.map((metric, i) => ({ metric, timestamp: nowS, value: i })));
    await producer.end();
    await eventually(20_000, 'all names', async () => {
      const items = await cluster.json<{ id: string }[]>('/metrics/find?query=tree.*.x');
      return items.length === 1 && items[0].id === 'tree.*.x';
    });
    const query = 'target=tree.{a,b}.x&target=tree.a.*&from=-1h&until=%2B1min&format=json';
    const series = await cluster.json<RenderedSeries[]>(`/render?${query}`);
    expect(series.map((one) => one.target)).to.deep.equal([
      'tree.a.x',
      'tree.b.x',
      'tree.a.x',
      'tree.a.y',
    ]);
    const few = await cluster.json<RenderedSeries[]>(`/render?${query}&maxDataPoints=10`);
    for (const one of few) expect(one.datapoints.length).to.be.at.most(11);
  });

  it('stops within ten seconds and goes on with what was there', async () => {
    const producer = await LineProducer.connect(cluster.ports.line);
    await producer.send([{ metric: 'last.words', timestamp: nowS, value: 7 }]);
    await producer.end();
    const startMs = performance.now();
    const codes = await cluster.stop('SIGINT');
    expect(codes).to.deep.equal([0, 0, 0, 0, 0, 0]);
    expect(performance.now() - startMs).to.be.lessThan(10_000);
    await cluster.startAll();
    await eventually(30_000, 'the points of before', async () => {
      const all = await Promise.all(
        ['fresh.point', 'last.words'].map((name) => pointsOf(cluster, name)),
      );
      return all.every((points) => points.some(([value]) => value === 42.5 || value === 7));
    });
  });

  it('tells and sets the aggregation method of a metric, on all its replicas', async function () {
    requireProgram(this, 'python3', 'python3');
    const port = String(cluster.ports.cacheQuery);
    const output = await outputOf('python3', '-c', METADATA_QUERY, port, 'fresh.point', 'max');
    expect(output).to.equal(
      "{'value': 'average'}\n{'old_value': 'average', 'new_value': 'max'}\nTrue\n",
    );
    const { replicas } = JSON.parse(
      await cluster.carbonbus('lookup', 'fresh.point', '--json'),
    ) as Lookup;
    expect(replicas).to.have.length(2);
    for (const { file } of replicas)
      expect(await cluster.carbonbus('whisper-info', file, 'aggregationMethod')).to.equal('max\n');
  });

  it('says what another api on the same machine needs', async () => {
    const env = { ...process.env, CARBONBUS_HTTP_PORT: String(await freePort()) };
    const said = await cluster.failing(env, 'api', '--name', 'api2');
    expect(said).to.contain(`port ${cluster.ports.cacheQuery}/tcp on 127.0.0.1 is in use`);
    expect(said).to.match(/change CACHE_QUERY_PORT .*CARBONBUS_CACHE_QUERY_PORT/);
  });

  it('has no second node of a name, in the same folder or in another one', async () => {
    const inFolder = cluster.failing(process.env, 'node', '--name', 'node1');
    const elsewhere = {
      ...process.env,
      CARBONBUS_LOCAL_DATA_DIR: join(cluster.folder, 'elsewhere'),
      CARBONBUS_NATS_PASSWORD_FILE: join(cluster.folder, 'data', 'nats-passwords.json'),
    };
    const inOther = cluster.failing(elsewhere, 'node', '--name', 'node1');
    expect(await inFolder).to.match(
      /node1 is in use by node node1, process \d+: stop it, or .*--name/,
    );
    expect(await inOther).to.match(/there is a node node1 already, process \d+ on .*--name/);
  });

  it('stops without a complaint when nats-server is lost meanwhile', async () => {
    const roles = ['relay1', ...cluster.nodes, 'api1'];
    const logOf = (name: string) => readFileSync(join(cluster.folder, `${name}.log`), 'utf8');
    cluster.stopSupervision('nats');
    // It takes what it is sent last, and says nothing more.
    cluster.signalChild('nats', 'SIGSTOP');
    const before = new Map(roles.map((name) => [name, logOf(name).length]));
    const said = (name: string): string => logOf(name).slice(before.get(name));
    const stopped = Promise.all(roles.map((name) => cluster.stopRole(name)));
    try {
      await eventually(20_000, 'all to be stopping', () =>
        roles.every((name) => said(name).includes(`${name.replace(/\d$/, '')} stops`)),
      );
      await pause(ABOUT_TO_END_MS);
    } finally {
      cluster.signalChild('nats', 'SIGKILL');
      cluster.resumeSupervision('nats');
    }
    await stopped;
    for (const name of roles) expect(said(name), name).to.not.match(/failed|"error":""/);
    expect(roles.filter((name) => said(name).includes('was lost before'))).to.not.have.length(0);
  });
});

async function pointsOf(
  cluster: ClusterUnderTest,
  target: string,
): Promise<[number | null, number][]> {
  const query = new URLSearchParams({ target, from: '-10min', until: '+1min', format: 'json' });
  const series = await cluster.json<RenderedSeries[]>(`/render?${query}`);
  return series.flatMap((one) => one.datapoints);
}
