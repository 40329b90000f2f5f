/**
 * Reading: our api and nodes beside Debian's graphite-web (package graphite-web, one process of threads), which reads the
 * same files, in one run: one metric, the sum of 100, 1,000 by name, and a find. Answers of both are compared by their number
 * of series or nodes. Result caches are off on both sides. Prints one line of JSON: `ratios` say how many times more requests
 * a second are answered, and how many times less CPU one takes, over all processes of a side.
 *
 * BENCH_METRICS (100000) files, in whole hosts of 50, at least 5000; BENCH_SECONDS (5) for each query and side;
 * BENCH_CONNECTIONS (4); BENCH_PEER (1): 0 leaves graphite-web out; BENCH_FOLDER: where.
 */
import { join } from 'node:path';
import { ClusterUnderTest, NODES } from '../test/support/cluster.js';
import { GraphiteWebUnderTest } from '../test/support/graphite-web.js';
import { askFor, type ReadFigures, type Side } from './read/load.js';
import { cpuMetrics, linkToNodes, RETENTIONS, storeMetrics } from './read/stored-metrics.js';
import { progress, withBenchFolder } from './support/bench-folder.js';
import { count, rounded } from './support/figures.js';

const METRICS = count('BENCH_METRICS', 100_000, 5_000);
const SECONDS = count('BENCH_SECONDS', 5);
const CONNECTIONS = count('BENCH_CONNECTIONS', 4);
const WITH_PEER = count('BENCH_PEER', 1, 0) > 0;
/** Hosts whose `cpu` is read: 1,000 metrics. */
const HOSTS = 100;
const STEP_S = 10;
const NOW_S = Math.floor(Date.now() / 1_000 / STEP_S) * STEP_S;
const NO_CACHE = "CACHES = {'default': {'BACKEND': 'django.core.cache.backends.dummy.DummyCache'}}";

interface Question {
  name: string;
  path: string;
  /** Series or nodes of the answer. */
  items: number;
}

function render(name: string, target: string, items: number): Question {
  const params = new URLSearchParams({
    target,
    from: String(NOW_S - 3_600),
    until: String(NOW_S),
    format: 'json',
    noCache: '1',
  });
  return { name, path: `/render?${params}`, items };
}

const WIDE = 'servers.dc1.host000*.cpu.*';
const find = new URLSearchParams({ query: 'servers.*.*.cpu.*', format: 'treejson' });
const completer = new URLSearchParams({ query: 'servers.*.*.cpu.', format: 'completer' });
const QUESTIONS: readonly Question[] = [
  render('single', 'servers.dc1.host00007.cpu.core3', 1),
  render('sumOf100', 'sumSeries(servers.dc1.host000*.cpu.core0)', 1),
  render('aliasOf1000', `aliasByNode(${WIDE},2,4)`, 1_000),
  { name: 'find', path: `/metrics/find?${find}`, items: -1 },
  { name: 'findCompleter', path: `/metrics/find?${completer}`, items: cpuMetrics(METRICS) },
];

function check({ name, items }: Question): (body: Buffer) => void {
  return (body) => {
    const answer = JSON.parse(body.toString()) as unknown[] | { metrics: unknown[] };
    const found = Array.isArray(answer) ? answer.length : answer.metrics.length;
    if (items >= 0 ? found !== items : found === 0) throw new Error(`${name} gives ${found}`);
  };
}

async function measured(side: Side): Promise<Record<string, ReadFigures>> {
  const figures: Record<string, ReadFigures> = {};
  for (const question of QUESTIONS) {
    progress(question.name);
    figures[question.name] = await askFor(side, question.path, check(question), {
      seconds: SECONDS,
      connections: CONNECTIONS,
    });
    progress(JSON.stringify(figures[question.name]));
  }
  return figures;
}

async function ours(root: string): Promise<Record<string, ReadFigures>> {
  const skip = (): never => {
    throw new Error('the bench needs a nats-server');
  };
  const cluster = await ClusterUnderTest.start({ skip } as unknown as Mocha.Context, {
    retentions: RETENTIONS,
    prepare: (dataFolder) => linkToNodes(root, dataFolder, METRICS),
  });
  try {
    const pids = ['api1', ...NODES, 'nats'].map((role) => cluster.childPid(role));
    return await measured({ url: (path) => cluster.url(path), pids: () => pids });
  } finally {
    await cluster.remove();
  }
}

async function theirs(root: string): Promise<Record<string, ReadFigures>> {
  const graphite = await GraphiteWebUnderTest.start([
    `STANDARD_DIRS = ['${root}']`,
    'FIND_CACHE_DURATION = 0',
    NO_CACHE,
  ]);
  try {
    return await measured({ url: (path) => graphite.url(path), pids: () => [graphite.pid] });
  } finally {
    graphite.remove();
  }
}

await withBenchFolder(async (folder) => {
  const root = join(folder, 'whisper');
  progress('making the files');
  storeMetrics(root, METRICS, HOSTS, NOW_S);
  progress('carbonbus');
  const carbonbus = await ours(root);
  progress('graphite-web');
  const graphiteWeb = WITH_PEER ? await theirs(root) : {};
  const ratios = Object.fromEntries(
    Object.entries(graphiteWeb).map(([name, peer]) => [
      name,
      {
        requestsPerSecond: rounded(carbonbus[name].requestsPerSecond / peer.requestsPerSecond),
        cpu: rounded(peer.cpuMsPerRequest / carbonbus[name].cpuMsPerRequest),
      },
    ]),
  );
  console.log(
    JSON.stringify({
      bench: 'read',
      metrics: METRICS,
      replicationFactor: 2,
      connections: CONNECTIONS,
      ratios,
      carbonbus,
      graphiteWeb,
    }),
  );
});
