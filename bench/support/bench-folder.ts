import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const children = new Set<ChildProcess>();
/** What else has to be stopped when the bench is. */
const stops = new Set<() => unknown>();

/** A child process that does not outlive the bench. */
export function spawned(program: string, args: readonly string[], options: SpawnOptions = {}) {
  const child = spawn(program, args, options);
  children.add(child);
  child.once('error', () => children.delete(child));
  child.once('exit', () => children.delete(child));
  return child;
}

/** Runs `use`; `stop` is called afterwards, also when the bench is stopped by a signal meanwhile. */
export async function stoppedAfter<T>(stop: () => unknown, use: () => Promise<T>): Promise<T> {
  stops.add(stop);
  try {
    return await use();
  } finally {
    stops.delete(stop);
    await stop();
  }
}

/** Standard output of a program that has to succeed in `timeoutMs`. What it says on standard error is passed on. */
export function outputOf(
  program: string,
  args: readonly string[],
  timeoutMs: number,
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawned(program, args, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...environment, ...process.env },
    });
    // Not the option of `spawn`: where the program is missing its timer keeps the bench from ending.
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) resolve(output);
      else reject(new Error(`${program} ${args[0] ?? ''} ended with ${signal ?? code}`));
    });
  });
}

/**
 * Runs a bench in a new folder below BENCH_FOLDER (the system's folder for temporary files by default), which is
 * removed afterwards, also after SIGINT and SIGTERM.
 */
export async function withBenchFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(process.env.BENCH_FOLDER ?? tmpdir(), 'carbonbus-bench-'));
  const cleanUp = (): void => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void Promise.allSettled([...stops].map(async (stop) => stop())).then(() => {
        cleanUp();
        process.exit(1);
      });
    });
  }
  try {
    await use(folder);
  } finally {
    progress('removing the files');
    cleanUp();
  }
}

/** Lets the file system write what waits, so that nobody pays for who came before. */
export async function synced(folder: string): Promise<void> {
  await outputOf('sync', ['-f', folder], 120_000);
}

export function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}
