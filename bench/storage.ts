/**
 * The storage engine beside what bounds it, on the same files in one run: a C program that only does the system calls of
 * an update on open descriptors (`pwrite`), or of a new file, a loop of `fs.writeSync`, which is what Node can do at most, and
 * Python's whisper (Debian's python3-whisper). Files of `10s:6h,1m:7d,10m:1y`, sparse, made beforehand; one point a write
 * and six points a write. Prints one line of JSON.
 *
 * BENCH_METRICS (100000) files; those that all can be kept open at once, which `ulimit -n` bounds, are the cached case,
 * and a quarter of them with a fifth of these open the other. BENCH_WRITES (90) to each in a run. BENCH_ROLL_UP_S (900): so many
 * seconds of points wait for their roll-ups, as with ROLL_UP_DELAY. BENCH_PYTHON_METRICS (2000): Python's share.
 * BENCH_REPEATS (3): figures are medians. BENCH_FOLDER: where, and so on which file system.
 *
 * Our figures are given without roll-ups, to compare with C, which makes none, and with them, to compare with Python.
 * On ext4 files made soon after as many were removed cost several times as much, C's as well: the kernel passes over the
 * inodes that were freed in the last five minutes one by one. Let so much time pass between two runs.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeFiles } from '../src/storage/node-files.js';
import { openFilesMax } from '../src/storage/open-file-limit.js';
import { makeFiles } from './storage/creation.js';
import {
  type EngineFigures,
  type EngineTask,
  type Figures as Peer,
  withRollUps,
} from './storage/engine-task.js';
import { outputOf, progress, synced, withBenchFolder } from './support/bench-folder.js';
import { checkPoints, openBenchStore, STEP_S, sample } from './support/bench-metrics.js';
import { count, median, rounded } from './support/figures.js';

const METRICS = count('BENCH_METRICS', 100_000, 1_000);
const WRITES = count('BENCH_WRITES', 90);
const ROLL_UP_S = count('BENCH_ROLL_UP_S', 900);
const PYTHON_METRICS = Math.min(METRICS, count('BENCH_PYTHON_METRICS', 2_000));
const REPEATS = count('BENCH_REPEATS', 3);
/** No repetition begins later than this. */
const REPEAT_BEFORE_MS = 90_000;
const RUN_MS = 120_000;
/** To each metric in a run of Python. */
const FEW_WRITES = Math.min(WRITES, 6);
/** Of the run under strace. */
const TRACED_METRICS = 200;
const CHECKED_METRICS = 100;
/** Of the first point of all files. */
const BASE_S = 1_700_000_400;
const ENGINE = fileURLToPath(new URL('storage/engine.js', import.meta.url));
const WRITE_LOOP = fileURLToPath(new URL('storage/write-loop.js', import.meta.url));
const source = (name: string): string =>
  fileURLToPath(new URL(`../../bench/storage/${name}`, import.meta.url));

/** Files made for the run, and the clock of their points, which every run moves on. */
interface Bench {
  folder: string;
  root: string;
  paths: string;
  /** The program of the C peer; undefined where there is no compiler. */
  systemCallsPeer: string | undefined;
  python: boolean;
  nextS: number;
  pointsChecked: number;
}

/** The points of a run: their number in a write, and the time of the first. */
interface Run {
  metrics: number;
  pointsPerWrite: number;
  writes: number;
  fromS: number;
}

/** Takes a stretch of time on the files' clock for a run, and one write more before it, to warm up. */
function nextRun(bench: Bench, metrics: number, pointsPerWrite: number, writes = WRITES): Run {
  const secondsPerWrite = pointsPerWrite * STEP_S;
  // In whole minutes, so that the six points of a write never pass the end of the ring.
  const fromS = Math.ceil(bench.nextS / 60) * 60;
  bench.nextS = fromS + (writes + 1) * secondsPerWrite;
  return { metrics, pointsPerWrite, writes, fromS };
}

/** What may be different from run to run. */
type Ways = Pick<EngineTask, 'openFilesMax'> &
  Partial<Pick<EngineTask, 'rollUpS' | 'rollUpOnOpening'>>;

function engineTask({ root }: Bench, run: Run, ways: Ways): string {
  const usual = { warmUp: true, rollUpS: ROLL_UP_S, rollUpOnOpening: false };
  const task: EngineTask = { root, ...usual, ...run, ...ways };
  return JSON.stringify(task);
}

async function runEngine(bench: Bench, run: Run, ways: Ways): Promise<EngineFigures> {
  await synced(bench.folder);
  const args = [ENGINE, engineTask(bench, run, ways)];
  const figures: EngineFigures = JSON.parse(await outputOf(process.execPath, args, RUN_MS));
  check(bench, run);
  return figures;
}

async function runSystemCalls(bench: Bench, run: Run): Promise<Peer | undefined> {
  if (bench.systemCallsPeer === undefined) return undefined;
  return onlyWriting(bench, bench.systemCallsPeer, 'update', run);
}

function runWriteLoop(bench: Bench, run: Run): Promise<Peer> {
  return onlyWriting(bench, process.execPath, WRITE_LOOP, run);
}

/** A program that only writes, to files that it has opened. */
async function onlyWriting(bench: Bench, program: string, task: string, run: Run): Promise<Peer> {
  await synced(bench.folder);
  const { metrics, pointsPerWrite, writes, fromS } = run;
  const numbers = [metrics, pointsPerWrite, writes, BASE_S, fromS].map(String);
  const args = [task, bench.paths, ...numbers];
  const figures: Peer = JSON.parse(await outputOf(program, args, RUN_MS));
  check(bench, run);
  return figures;
}

async function runPython(bench: Bench, run: Run): Promise<Peer | undefined> {
  if (!bench.python) return undefined;
  await synced(bench.folder);
  const { metrics, pointsPerWrite, writes, fromS } = run;
  const numbers = [metrics, pointsPerWrite, writes, fromS].map(String);
  const args = [source('whisper-peer.py'), 'update', bench.paths, ...numbers];
  const figures: Peer = JSON.parse(await outputOf('/usr/bin/python3', args, RUN_MS));
  check(bench, run);
  return figures;
}

/** Every point of a run is in the files that are looked at. */
function check(bench: Bench, { metrics, pointsPerWrite, writes, fromS }: Run): void {
  const store = openBenchStore(bench.root, 1);
  const untilS = fromS + (writes + 1) * pointsPerWrite * STEP_S;
  bench.pointsChecked += checkPoints(store, sample(metrics, CHECKED_METRICS), fromS, untilS);
  store.close();
}

function compiled(folder: string): string | undefined {
  const program = join(folder, 'system-calls-peer');
  const { error, status, stderr } = spawnSync('cc', [
    '-O2',
    '-o',
    program,
    source('system-calls-peer.c'),
  ]);
  if (error !== undefined) {
    progress('no C peer: there is no compiler (cc; Debian package gcc)');
    return undefined;
  }
  if (status !== 0) throw new Error(`cc failed: ${stderr}`);
  return program;
}

function hasWhisper(): boolean {
  const found = spawnSync('/usr/bin/python3', ['-c', 'import whisper']).status === 0;
  if (!found) progress('no Python peer: python3-whisper is missing');
  return found;
}

const PEERS = ['ours', 'oursWithRollUps', 'writeLoop', 'c', 'python'] as const;
type Turn = Partial<Record<(typeof PEERS)[number], Peer>>;

/** Everybody once, one after the other. */
async function turn(bench: Bench, metrics: number, points: number, openFiles: number) {
  const c = await runSystemCalls(bench, nextRun(bench, metrics, points));
  const run = nextRun(bench, metrics, points);
  const ours = await runEngine(bench, run, { openFilesMax: openFiles });
  const writeLoop = await runWriteLoop(bench, nextRun(bench, metrics, points));
  const few = Math.min(metrics, PYTHON_METRICS);
  const python = await runPython(bench, nextRun(bench, few, points, FEW_WRITES));
  const all: Turn = { ours, oursWithRollUps: withRollUps(ours), writeLoop };
  if (c !== undefined) all.c = c;
  if (python !== undefined) all.python = python;
  return all;
}

/** Our engine with fewer open files than metrics: roll-ups then come with updates, and cannot be told apart in one run. */
async function turnOverflowing(bench: Bench, metrics: number, points: number, openFiles: number) {
  const ways = { openFilesMax: openFiles };
  const ours = await runEngine(bench, nextRun(bench, metrics, points), ways);
  const asInANode = { ...ways, rollUpOnOpening: true };
  const whole = await runEngine(bench, nextRun(bench, metrics, points), asInANode);
  return { ours, oursWithRollUps: withRollUps(whole) };
}

/** The median over the turns of what `of` makes of a peer; null for one that is not there. */
function medians(turns: readonly Turn[], of: (peer: Peer) => number) {
  return Object.fromEntries(
    PEERS.map((name) => {
      const figures = turns.flatMap((all) => all[name] ?? []);
      return [name, figures.length === 0 ? null : rounded(median(figures.map(of)))];
    }),
  );
}

/** The median over the turns of a ratio of two peers, each taken from the same turn. */
function ratio(turns: readonly Turn[], of: (all: Turn) => number | undefined): number | null {
  const ratios = turns.flatMap((all) => of(all) ?? []);
  return ratios.length === 0 ? null : rounded(median(ratios));
}

const perSecond = (peer: Peer): number => peer.updates / peer.seconds;
const cpuPerUpdate = (peer: Peer): number => peer.cpuUs / peer.updates;

function cachedResult(turns: readonly Turn[]) {
  const ofC = (name: 'ours' | 'oursWithRollUps' | 'writeLoop') =>
    ratio(turns, ({ [name]: ours, c }) => ours && c && perSecond(ours) / perSecond(c));
  return {
    updatesPerSecond: medians(turns, perSecond),
    cpuUsPerUpdate: medians(turns, cpuPerUpdate),
    updatesPerSecondOfC: ofC('ours'),
    updatesPerSecondOfCWithRollUps: ofC('oursWithRollUps'),
    limitOfC: ofC('writeLoop'),
    updatesPerCpuSecondTimesPython: ratio(
      turns,
      ({ oursWithRollUps: ours, python }) =>
        ours && python && cpuPerUpdate(python) / cpuPerUpdate(ours),
    ),
  };
}

/** System calls of our engine for each update, and with the roll-ups; null where strace does not work. */
async function systemCalls(bench: Bench, pointsPerWrite: number) {
  const without = await callsPerUpdate(bench, pointsPerWrite, Number.MAX_SAFE_INTEGER);
  if (without === null) return null;
  const withThem = await callsPerUpdate(bench, pointsPerWrite, ROLL_UP_S);
  return { ours: without, oursWithRollUps: withThem };
}

/** From a short run and one that only writes more, so that what both do before and after does not count. */
async function callsPerUpdate(bench: Bench, points: number, rollUpS: number) {
  const output = join(bench.folder, 'strace');
  const calls: number[] = [];
  const updates: number[] = [];
  for (const writes of [WRITES, 4 * WRITES]) {
    const run = nextRun(bench, Math.min(METRICS, TRACED_METRICS), points, writes);
    const args = ['-c', '-f', '-o', output, process.execPath, ENGINE];
    try {
      const task = engineTask(bench, run, { openFilesMax: TRACED_METRICS, rollUpS });
      await outputOf('strace', [...args, task], RUN_MS);
    } catch (error) {
      progress(`no count of system calls: strace does not work (${error})`);
      return null;
    }
    calls.push(Number(/^\s*100\.00\s+\S+\s+\d+\s+(\d+)/m.exec(readFileSync(output, 'utf8'))?.[1]));
    updates.push(run.writes * run.metrics);
  }
  return rounded((calls[1] - calls[0]) / (updates[1] - updates[0]));
}

async function run(folder: string): Promise<void> {
  const startedMs = performance.now();
  const bench: Bench = {
    folder,
    root: join(folder, 'whisper'),
    paths: join(folder, 'paths'),
    systemCallsPeer: compiled(folder),
    python: hasWhisper(),
    nextS: BASE_S + STEP_S,
    pointsChecked: 0,
  };
  const limit = openFilesMax(nodeFiles);
  const cached = Math.min(METRICS, limit);
  const many = Math.ceil(METRICS / 4);
  const fewerOpen = Math.min(limit, Math.floor(many / 5));
  const makers = {
    engine: ENGINE,
    systemCalls: bench.systemCallsPeer,
    python: bench.python ? source('whisper-peer.py') : undefined,
  };
  const creation = await makeFiles(makers, {
    ...{ folder, root: bench.root, paths: bench.paths },
    metrics: METRICS,
    pythonMetrics: PYTHON_METRICS,
    openFilesMax: limit,
    fromS: BASE_S,
  });

  const one: Turn[] = [];
  const six: Turn[] = [];
  const overflowing = { one: [] as Turn[], six: [] as Turn[] };
  const mayRepeat = (): boolean => performance.now() - startedMs < REPEAT_BEFORE_MS;
  while (one.length < REPEATS && (one.length === 0 || mayRepeat())) {
    progress(`turn ${one.length + 1}: ${cached} files, all open`);
    one.push(await turn(bench, cached, 1, cached));
    six.push(await turn(bench, cached, 6, cached));
    progress(`turn ${one.length}: ${many} files, ${fewerOpen} open`);
    for (const [turns, points] of [
      [overflowing.one, 1],
      [overflowing.six, 6],
    ] as const) {
      turns.push(await turnOverflowing(bench, many, points, fewerOpen));
    }
  }
  progress('counting system calls');
  const overflow = (turns: Turn[]) => {
    const { ours, oursWithRollUps } = medians(turns, cpuPerUpdate);
    return { ours, oursWithRollUps };
  };
  const result = {
    bench: 'storage',
    fileSystem: `0x${statfsSync(folder).type.toString(16)}`,
    metrics: METRICS,
    metricsAllOpen: cached,
    rollUpS: ROLL_UP_S,
    turns: one.length,
    onePointAWrite: cachedResult(one),
    sixPointsAWrite: cachedResult(six),
    moreMetricsThanOpenFiles: {
      metrics: many,
      openFiles: fewerOpen,
      cpuUsPerUpdate: {
        onePointAWrite: overflow(overflowing.one),
        sixPointsAWrite: overflow(overflowing.six),
      },
    },
    systemCallsPerUpdate: {
      onePointAWrite: await systemCalls(bench, 1),
      sixPointsAWrite: await systemCalls(bench, 6),
    },
    creations: {
      perSecond: medians([creation], perSecond),
      cpuUsEach: medians([creation], cpuPerUpdate),
      perCpuSecondOfC: ratio(
        [creation],
        ({ ours, c }) => ours && c && cpuPerUpdate(c) / cpuPerUpdate(ours),
      ),
    },
    pointsChecked: bench.pointsChecked,
  };
  console.log(JSON.stringify(result));
}

await withBenchFolder(run);
