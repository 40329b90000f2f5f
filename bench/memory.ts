/**
 * Memory of a node process: all its replicas, with the name, the index entry and the file facts of every metric, each metric
 * waiting for its roll-up, and points of each in the queue. Prints one line of JSON: the resident set, its parts, and what
 * a metric and a point take. Fails above the limit.
 *
 * BENCH_METRICS (1000000) in all, BENCH_SHARDS (8) replicas, BENCH_QUEUED_POINTS (6) of each metric; BENCH_LIMIT_MB (400).
 *
 * The disk is left out: the file system takes everything and keeps nothing, so that the run takes seconds and the page
 * cache is nobody's. What a node reads ahead from NATS is left out as well (24 MiB at most).
 */
import { fileURLToPath } from 'node:url';
import { processOptions } from '../src/cli/process-options.js';
import type { MemoryFigures, MemoryTask } from './memory/node-process.js';
import { outputOf, progress } from './support/bench-folder.js';
import { count, rounded } from './support/figures.js';

const METRICS = count('BENCH_METRICS', 1_000_000, 1_000);
const SHARDS = count('BENCH_SHARDS', 8);
const QUEUED_POINTS = count('BENCH_QUEUED_POINTS', 6);
const LIMIT_MB = count('BENCH_LIMIT_MB', 400);
const RUN_MS = 180_000;
const NODE_PROCESS = fileURLToPath(new URL('memory/node-process.js', import.meta.url));

const task: MemoryTask = { metrics: METRICS, shards: SHARDS, queuedPoints: QUEUED_POINTS };
const { v8, environment } = processOptions('node');
const args = [...v8, NODE_PROCESS, JSON.stringify(task)];
const output = await outputOf(process.execPath, args, RUN_MS, environment);
const figures: MemoryFigures = JSON.parse(output);
const { process: atFirst, withMetrics, withPoints } = figures.parts;
const taken = (memory: typeof atFirst): number => (memory.columnsMb + memory.heapMb) * 1e6;
console.log(
  JSON.stringify({
    bench: 'memory',
    metrics: METRICS,
    replicas: SHARDS,
    queuedPoints: METRICS * QUEUED_POINTS,
    limitMb: LIMIT_MB,
    ...figures,
    // The pages of the first points, which are written by then, are used again.
    bytesPerMetric: rounded((taken(withMetrics) - taken(atFirst)) / METRICS),
    bytesPerQueuedPoint: rounded(
      (taken(withPoints) - taken(withMetrics)) / METRICS / (QUEUED_POINTS - 1),
    ),
  }),
);
if (figures.highestResidentMb > LIMIT_MB) {
  progress(`over the limit of ${LIMIT_MB} MB`);
  process.exitCode = 1;
}
