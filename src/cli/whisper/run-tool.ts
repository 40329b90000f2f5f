import type { Command } from 'commander';
import { CarbonbusError } from '../../errors.js';
import type { Files } from '../../storage/files.js';
import { WhisperFiles } from '../../storage/whisper/whisper-files.js';
import { Exit } from '../configuration.js';
import { OutputClosed, printLines } from '../output.js';
import { localTime } from './text/local-time.js';
import { type WhisperTool, WrongArguments } from './tool.js';

/** What the tools get from outside. */
export interface ToolWorld {
  readonly files: Files;
  readonly nowS: number;
  /** Value of `TZ`. */
  readonly zoneName: string | undefined;
  readonly realPath: (path: string) => string;
  /** Writes to standard output. Errors: `OutputClosed`. */
  readonly write: (text: string) => Promise<void>;
  readonly isTerminal: boolean;
  /** Writes a line to standard error. */
  readonly complain: (line: string) => void;
}

const EXIT_FAILURE = 1;
/** For options that cannot be read, as whisper's programs end. */
const EXIT_USAGE = 2;
/** As a shell shows a program that SIGPIPE ended. */
const EXIT_OUTPUT_CLOSED = 141;

/**
 * Makes a command one of whisper's tools.
 *
 * @param exit called with the exit code when the tool has run
 */
export function defineTool(
  command: Command,
  tool: WhisperTool,
  world: ToolWorld,
  exit: (code: number) => void,
): void {
  command
    .usage(tool.usage)
    .argument('[arguments...]')
    .showHelpAfterError()
    .configureHelp({ showGlobalOptions: false })
    .exitOverride(({ exitCode }) => {
      throw new Exit(exitCode === 0 ? 0 : EXIT_USAGE);
    })
    .action(async () => exit(await runTool(command, tool, world)));
  for (const option of tool.options) command.addOption(option);
  if (tool.notes !== undefined) command.addHelpText('after', `\n${tool.notes}`);
}

async function runTool(command: Command, tool: WhisperTool, world: ToolWorld): Promise<number> {
  const context = {
    ...world,
    whisper: new WhisperFiles(world.files),
    localTime: localTime(world.files, world.zoneName),
  };
  try {
    await printLines(tool.run(command, context), world.write, world.isTerminal);
    return 0;
  } catch (error) {
    return exitCodeOf(error, command, world);
  }
}

/** Says what there is to say of an error. */
function exitCodeOf(error: unknown, command: Command, { complain }: ToolWorld): number {
  if (error instanceof Exit) return error.exitCode;
  if (error instanceof OutputClosed) return EXIT_OUTPUT_CLOSED;
  if (error instanceof CarbonbusError) {
    complain(`[ERROR] ${error.message}`);
    return EXIT_FAILURE;
  }
  if (!(error instanceof WrongArguments)) throw error;
  if (error.message !== '') complain(error.message);
  command.outputHelp({ error: error.exitCode === EXIT_USAGE });
  return error.exitCode;
}
