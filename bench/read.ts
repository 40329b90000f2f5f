/**
 * Reading: our api and nodes beside Debian's graphite-web (package graphite-web, in two processes of gunicorn where that is
 * installed), which reads the same files, in one run: one metric, the sum of 100, 1,000 by name, and finds. Each with caches
 * of results off and on. Then, of ours alone, how long small queries take beside one of 10,000 series by 1,000 points.
 * Prints one line of JSON: `ratios` say how many times more requests a second are answered, and how many times less CPU one
 * takes, over all processes of a side, what they do anyway included. The client of the bench takes its part of the machine:
 * `clientCpuMsPerRequest` says which.
 *
 * A process of Node compiles for its first ten thousand requests; each query of each side is asked for BENCH_WARM_UP_SECONDS (10)
 * before it is measured.
 *
 * BENCH_METRICS (100000) files, in whole hosts of 50, at least 55000; BENCH_SECONDS (5) for each query and side;
 * BENCH_CONNECTIONS (8); BENCH_PEER (1): 0 leaves graphite-web out; BENCH_CACHES (1): 0 leaves out the queries with caches;
 * BENCH_LARGE (1): 0 leaves out the large query; BENCH_ONLY: the questions to ask (`single,find`), all without; BENCH_FOLDER: where.
 * It takes about seven minutes.
 */
import { join } from 'node:path';
import { ClusterUnderTest, NODES } from '../test/support/cluster.js';
import { GraphiteWebUnderTest } from '../test/support/graphite-web.js';
import { type BesideFigures, besideLarge } from './read/beside.js';
import { askFor, type ReadFigures, type Side } from './read/load.js';
import { questions, render } from './read/questions.js';
import {
  cpuMetrics,
  linkToNodes,
  metricName,
  RETENTIONS,
  storeMetrics,
} from './read/stored-metrics.js';
import { progress, stoppedAfter, withBenchFolder } from './support/bench-folder.js';
import { count, rounded } from './support/figures.js';

const METRICS = count('BENCH_METRICS', 100_000, 55_000);
const SECONDS = count('BENCH_SECONDS', 5);
const WARM_UP_SECONDS = count('BENCH_WARM_UP_SECONDS', 10);
const CONNECTIONS = count('BENCH_CONNECTIONS', 8);
const WITH_PEER = count('BENCH_PEER', 1, 0) > 0;
const WITH_CACHES = count('BENCH_CACHES', 1, 0) > 0;
const WITH_LARGE = count('BENCH_LARGE', 1, 0) > 0;
const ONLY = process.env.BENCH_ONLY?.split(',');
/** Hosts whose `cpu` is read: 10,000 metrics. */
const HOSTS = 1_000;
const SMALL_QUERIES = 1_000;
const STEP_S = 10;
const NOW_S = Math.floor(Date.now() / 1_000 / STEP_S) * STEP_S;
const ASKED = { nowS: NOW_S, hosts: HOSTS, cpuMetrics: cpuMetrics(METRICS) };

type ClusterSide = Required<Side>;
type Figures = Record<string, ReadFigures>;
interface Measured {
  off: Figures;
  on: Figures;
}

async function rows(side: Side, cached: boolean): Promise<Figures> {
  const figures: Figures = {};
  for (const question of questions({ ...ASKED, cached })) {
    if (ONLY?.includes(question.name) === false) continue;
    const load = { warmUpSeconds: WARM_UP_SECONDS, seconds: SECONDS, connections: CONNECTIONS };
    figures[question.name] = await askFor(side, question, load);
    progress(
      `${question.name}, caches ${cached ? 'on' : 'off'}: ${JSON.stringify(figures[question.name])}`,
    );
  }
  return figures;
}

async function ours(root: string): Promise<Measured & { large: Record<string, BesideFigures> }> {
  const skip = (): never => {
    throw new Error('the bench needs a nats-server');
  };
  const cluster = await ClusterUnderTest.start({ skip } as unknown as Mocha.Context, {
    retentions: RETENTIONS,
    prepare: (dataFolder) => linkToNodes(root, dataFolder, METRICS),
  });
  return stoppedAfter(
    () => cluster.remove(),
    async () => {
      const off = await rows(sideOf(cluster), false);
      const large = WITH_LARGE ? await besideLargeOnes(sideOf(cluster)) : {};
      if (!WITH_CACHES) return { off, on: {}, large };
      await cluster.restartApi(['DEFAULT_CACHE_DURATION = 60', 'FIND_CACHE_DURATION = 300']);
      return { off, on: await rows(sideOf(cluster), true), large };
    },
  );
}

function sideOf(cluster: ClusterUnderTest): ClusterSide {
  const roles = ['api1', ...NODES, 'nats'];
  const processes = Object.fromEntries(roles.map((role) => [role, cluster.childPid(role)]));
  return { url: cluster.url(''), pids: Object.values(processes), processes };
}

async function besideLargeOnes(side: ClusterSide): Promise<Record<string, BesideFigures>> {
  const asked = { ...ASKED, cached: false };
  const small = Array.from({ length: 100 }, (_, i) => render(asked, metricName(i * 50)));
  const all = 'servers.dc1.host00*.cpu.*';
  const large: Record<string, BesideFigures> = {};
  for (const target of [`sumSeries(${all})`, all]) {
    const path = render(asked, target, 1_000 * STEP_S);
    large[target] = await besideLarge(side, small, path, SMALL_QUERIES);
    progress(`beside ${target}: ${JSON.stringify(large[target])}`);
  }
  return large;
}

async function theirs(root: string): Promise<Measured & { server: string }> {
  const measured = { off: {} as Figures, on: {} as Figures, server: '' };
  for (const cached of WITH_CACHES ? [false, true] : [false]) {
    const backend = `django.core.cache.backends.${cached ? 'locmem.LocMemCache' : 'dummy.DummyCache'}`;
    const graphite = await GraphiteWebUnderTest.start(
      [
        `STANDARD_DIRS = ['${root}']`,
        `DEFAULT_CACHE_DURATION = ${cached ? 60 : 0}`,
        `FIND_CACHE_DURATION = ${cached ? 300 : 0}`,
        // On a busy machine finds take longer than the three seconds after which they are failures.
        'FIND_TIMEOUT = 120',
        'FETCH_TIMEOUT = 120',
        `CACHES = {'default': {'BACKEND': '${backend}'}}`,
      ],
      2,
    );
    measured.server = graphite.server;
    measured[cached ? 'on' : 'off'] = await stoppedAfter(
      () => graphite.remove(),
      () => rows({ url: graphite.url(''), pids: graphite.pids }, cached),
    );
  }
  return measured;
}

function ratios(we: Figures, they: Figures) {
  const all = Object.entries(they).map(([name, peer]) => {
    const times = we[name].requestsPerSecond / peer.requestsPerSecond;
    const cpu = peer.cpuMsPerRequest / we[name].cpuMsPerRequest;
    return [name, { requestsPerSecond: rounded(times), cpu: rounded(cpu) }];
  });
  return Object.fromEntries(all);
}

await withBenchFolder(async (folder) => {
  const root = join(folder, 'whisper');
  // The cluster's files are further names of these: they have to be on one file system.
  process.env.TMPDIR = folder;
  progress('making the files');
  storeMetrics(root, METRICS, HOSTS, NOW_S);
  progress('carbonbus');
  const carbonbus = await ours(root);
  progress('graphite-web');
  const graphiteWeb = WITH_PEER ? await theirs(root) : { off: {}, on: {} };
  console.log(
    JSON.stringify({
      bench: 'read',
      metrics: METRICS,
      replicationFactor: 2,
      connections: CONNECTIONS,
      ratios: {
        cachesOff: ratios(carbonbus.off, graphiteWeb.off),
        cachesOn: ratios(carbonbus.on, graphiteWeb.on),
      },
      carbonbus,
      graphiteWeb,
    }),
  );
});
