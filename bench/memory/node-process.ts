/**
 * The replicas of a node in a process of their own, as the parent of a node starts it. Its argument is a `MemoryTask` as
 * JSON, its output a `MemoryFigures`.
 */
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import '../../src/roles/node.js';
import { progress } from '../support/bench-folder.js';
import { BenchReplica } from './bench-replica.js';

export interface MemoryTask {
  metrics: number;
  shards: number;
  queuedPoints: number;
}

/** Resident memory, typed arrays and the like, and V8's heap; millions of bytes. */
interface Memory {
  residentMb: number;
  columnsMb: number;
  heapMb: number;
}

export interface MemoryFigures {
  residentMb: number;
  highestResidentMb: number;
  /** Alive, after a collection: before the first metric, with all metrics, and with their points. */
  parts: { process: Memory; withMetrics: Memory; withPoints: Memory };
}

const { metrics, shards, queuedPoints }: MemoryTask = JSON.parse(process.argv[2]);
const MB = 1e6;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** As the process is: nothing is collected for the figure's sake. */
function memory(): Memory {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { residentMb: resident('VmRSS'), columnsMb: mb(arrayBuffers), heapMb: mb(heapUsed) };
}

/** What is alive, after a collection: for the parts. */
function live(): Memory {
  collectGarbage();
  return memory();
}

function resident(field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync('/proc/self/status', 'utf8');
  return mb(Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1]) * 1024);
}

function mb(bytes: number): number {
  return Math.round(bytes / MB);
}

const replicas: BenchReplica[] = [];
for (let shard = 0; shard < shards; shard++) {
  replicas.push(await BenchReplica.open(shard, shards, metrics));
}
const atFirst = live();
progress(`${metrics} metrics in ${shards} replicas: names, index and files`);
for (const replica of replicas) await replica.makeFiles();
const withMetrics = live();
progress(`${queuedPoints} points of each metric`);
for (let round = 1; round <= queuedPoints; round++) {
  for (const replica of replicas) await replica.queueRound(round);
}
const { residentMb } = memory();
const highestResidentMb = resident('VmHWM');
const withPoints = live();
const queued = replicas.reduce((sum, replica) => sum + replica.queuedPoints, 0);
if (queued !== metrics * queuedPoints) throw new Error(`${queued} points are in the queues`);
const figures: MemoryFigures = {
  residentMb,
  highestResidentMb,
  parts: { process: atFirst, withMetrics, withPoints },
};
console.log(JSON.stringify(figures));
process.exit();
