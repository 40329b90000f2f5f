import { Command } from 'commander';
import { Exit } from '../../src/cli/configuration.js';
import { addWhisperTools } from '../../src/cli/whisper/tools.js';
import { nodeFiles, realPath } from '../../src/storage/node-files.js';
import type { ToolResult, ToolRun } from './debian-whisper.js';

/** The result of our tool, run in this process with its clock set. */
export async function ourResult(run: ToolRun): Promise<ToolResult> {
  const result = { code: 0, stdout: '', stderr: '' };
  const write = (text: string): void => {
    result.stdout += text;
  };
  const writeError = (text: string): void => {
    result.stderr += text;
  };
  const world = {
    files: nodeFiles,
    nowS: run.nowS,
    zoneName: run.zone,
    realPath,
    write: async (text: string) => write(text),
    isTerminal: false,
    complain: (line: string) => writeError(`${line}\n`),
  };
  const program = new Command('carbonbus')
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: writeError });
  const argv = [run.tool, ...run.args];
  await within(run, async () => {
    await addWhisperTools(
      program,
      argv,
      async () => world,
      (code) => {
        result.code = code;
      },
    );
    try {
      await program.parseAsync(argv, { from: 'user' });
    } catch (error) {
      if (!(error instanceof Exit)) throw error;
      result.code = error.exitCode;
    }
  });
  return result;
}

/** Runs `use` in the folder and the time zone of the run. */
async function within({ folder, zone }: ToolRun, use: () => Promise<void>): Promise<void> {
  const [oldFolder, oldZone] = [process.cwd(), process.env.TZ];
  process.chdir(folder);
  process.env.TZ = zone;
  try {
    await use();
  } finally {
    process.chdir(oldFolder);
    if (oldZone === undefined) delete process.env.TZ;
    else process.env.TZ = oldZone;
  }
}
