/**
 * The index of one replica: how long it takes to build from the paths of its files, how long the process is not free for
 * others meanwhile, and how long globs take. Prints one line of JSON.
 *
 * BENCH_METRICS (1000000). The folders are read from memory: how fast a disk lists them is its own matter. Of each glob the
 * median over BENCH_REPEATS (200) is given, in microseconds.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { systemClock } from '../src/edge/clock.js';
import { GlobRefusal, parseGlob } from '../src/routing/glob.js';
import { MetricIndex } from '../src/storage/metric-index.js';
import { BenchReplica } from './memory/bench-replica.js';
import { ListedFiles } from './memory/listed-files.js';
import { metricName } from './support/bench-metrics.js';
import { count, median, rounded } from './support/figures.js';

const METRICS = count('BENCH_METRICS', 1_000_000, 1_000);
const REPEATS = count('BENCH_REPEATS', 200);
/** A search of many names is repeated this often. */
const FEW = 5;

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const index = new MetricIndex();
const startMs = performance.now();
const cpu = process.cpuUsage();
const replica = await BenchReplica.open(0, 1, METRICS, new ListedFiles(METRICS), index);
const builtMs = performance.now() - startMs;
const { user, system } = process.cpuUsage(cpu);
const blockedMs = delay.max / 1e6;
delay.disable();
if (index.size !== METRICS) throw new Error(`${index.size} names are in the index`);

/** Metrics and folders. */
function countOf({ leaves, branches }: { leaves: string[]; branches: string[] }): number {
  return leaves.length + branches.length;
}

function microseconds(query: string, wanted: number, repeats: number): number {
  const times = Array.from({ length: repeats }, () => {
    const beganMs = performance.now();
    const glob = parseGlob(query);
    if (glob instanceof GlobRefusal) throw new Error(glob.reason);
    const found = countOf(index.find(glob, METRICS));
    if (found !== wanted) throw new Error(`${query} finds ${found}, not ${wanted}`);
    return (performance.now() - beganMs) * 1_000;
  });
  return rounded(median(times));
}

/** Of a find of very many names in a replica: how long others had to wait meanwhile. */
async function longestWaitMs(query: string): Promise<number> {
  let longestMs = 0;
  let done = false;
  const found = replica.find(query, METRICS).finally(() => {
    done = true;
  });
  for (let lastMs = performance.now(); !done; ) {
    await systemClock.yieldNow();
    longestMs = Math.max(longestMs, performance.now() - lastMs);
    lastMs = performance.now();
  }
  await found;
  return rounded(longestMs);
}

const hosts = Math.ceil(METRICS / 50);
const result = {
  bench: 'index',
  metrics: METRICS,
  buildSeconds: rounded(builtMs / 1_000),
  buildCpuSeconds: rounded((user + system) / 1e6),
  buildLongestWaitMs: rounded(blockedMs),
  globMicroseconds: {
    oneName: microseconds(metricName(7), 1, REPEATS),
    noSuchName: microseconds('servers.dc1.nobody.cpu.metric00', 0, REPEATS),
    aHostsMetrics: microseconds('servers.dc1.host00003.cpu.*', 50, REPEATS),
    bracesAndClass: microseconds('servers.*.host0000[1-3].{cpu,disk}.metric0?', 30, FEW),
    allHosts: microseconds('servers.dc1.*', hosts, FEW),
    asManyAsThereAreMetrics: microseconds('**', METRICS, FEW),
  },
  findEverythingLongestWaitMs: await longestWaitMs('**'),
};
console.log(JSON.stringify(result));
process.exit();
