import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

export const MAIN = resolve(import.meta.dirname, '../../src/main.js');

/** What a command said, and how it ended. */
export interface CommandResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a command of the real program to its end. */
export async function runCarbonbus(
  args: readonly string[],
  { input = '', env = {} }: { input?: string; env?: Record<string, string> } = {},
): Promise<CommandResult> {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, ...env } });
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text;
    });
  }
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
}

/** Starts the real program; it runs until it is told to stop. */
export function startCarbonbus(
  args: readonly string[],
  env: Record<string, string>,
): { child: ChildProcess; said: (text: RegExp) => Promise<void> } {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, ...env } });
  let output = '';
  const said = async (text: RegExp): Promise<void> => {
    while (!text.test(output)) output += String((await once(child.stdout, 'data'))[0]);
  };
  return { child, said };
}

/** Writes files of a configuration folder. */
export function writeConfiguration(folder: string, files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}
