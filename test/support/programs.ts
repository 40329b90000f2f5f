import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Skips the test or suite, with a line that says why, where a program of Debian's is missing. */
export function requireProgram(context: Mocha.Context, program: string, packageName: string): void {
  if (spawnSync('which', [program], { env: withSbin() }).status === 0) return;
  console.log(`  skipping: ${program} is missing (Debian package ${packageName})`);
  context.skip();
}

/** Standard output of a program that has to succeed. */
export async function outputOf(program: string, ...args: string[]): Promise<string> {
  const { stdout } = await run(program, args, { env: withSbin(), maxBuffer: 64 * 2 ** 20 });
  return stdout;
}

/** The environment, with the folders in which Debian keeps daemons on the PATH. */
export function withSbin(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
}
