import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { outputOf, progress, synced } from '../support/bench-folder.js';
import { metricName, openBenchStore } from '../support/bench-metrics.js';
import { type EngineFigures, type EngineTask, type Figures, withRollUps } from './engine-task.js';

const RUN_MS = 120_000;
/** Files that the C program makes before ours are made, and again after. */
const C_FILES_MAX = 20_000;

/** The programs that make files. */
export interface Makers {
  engine: string;
  /** Undefined where there is no compiler. */
  systemCalls: string | undefined;
  /** Undefined where there is no python3-whisper. */
  python: string | undefined;
}

export interface CreationTask {
  folder: string;
  /** Where the files of the bench are to be, and the list of their paths. */
  root: string;
  paths: string;
  metrics: number;
  pythonMetrics: number;
  openFilesMax: number;
  /** Of the point that each file gets. */
  fromS: number;
}

export interface Creation {
  ours: Figures;
  oursWithRollUps: Figures;
  c?: Figures;
  python?: Figures;
}

/**
 * Makes the files of the bench by our engine, each with one point, and measures that; the C program makes some before and
 * some after, since what a new file costs the kernel depends on what was removed from the file system lately.
 */
export async function makeFiles(makers: Makers, task: CreationTask): Promise<Creation> {
  const { folder, root, metrics, openFilesMax, fromS } = task;
  writeFileSync(task.paths, pathList(root, metrics));
  progress(`making ${metrics} files`);
  const before = await madeByC(makers, task, join(folder, 'c-before'));
  await synced(folder);
  const points = { metrics, openFilesMax, fromS, writes: 1, pointsPerWrite: 1 };
  const ourTask: EngineTask = {
    root,
    ...points,
    warmUp: false,
    rollUpS: 0,
    rollUpOnOpening: false,
  };
  const made = await outputOf(process.execPath, [makers.engine, JSON.stringify(ourTask)], RUN_MS);
  const ours: EngineFigures = JSON.parse(made);
  const after = await madeByC(makers, task, join(folder, 'c-after'));
  const creation: Creation = { ours, oursWithRollUps: withRollUps(ours) };
  if (before !== undefined && after !== undefined) creation.c = sum(before, after);
  if (makers.python !== undefined) creation.python = await madeByPython(makers.python, task);
  return creation;
}

async function madeByC(
  { systemCalls }: Makers,
  { folder, metrics, openFilesMax }: CreationTask,
  home: string,
): Promise<Figures | undefined> {
  if (systemCalls === undefined) return undefined;
  const files = Math.min(metrics, C_FILES_MAX);
  const paths = `${home}-paths`;
  writeFileSync(paths, pathList(join(home, 'whisper'), files));
  await synced(folder);
  const args = ['create', paths, String(files), String(openFilesMax)];
  return JSON.parse(await outputOf(systemCalls, args, RUN_MS));
}

async function madeByPython(
  program: string,
  { folder, pythonMetrics, fromS }: CreationTask,
): Promise<Figures> {
  const paths = join(folder, 'python-paths');
  writeFileSync(paths, pathList(join(folder, 'python'), pythonMetrics));
  await synced(folder);
  const args = [program, 'create', paths, String(pythonMetrics), String(fromS)];
  return JSON.parse(await outputOf('/usr/bin/python3', args, RUN_MS));
}

function pathList(root: string, metrics: number): string {
  const store = openBenchStore(root, 1);
  return Array.from({ length: metrics }, (_, i) => `${store.path(metricName(i))}\n`).join('');
}

function sum(a: Figures, b: Figures): Figures {
  return {
    updates: a.updates + b.updates,
    seconds: a.seconds + b.seconds,
    cpuUs: a.cpuUs + b.cpuUs,
  };
}
