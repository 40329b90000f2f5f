import { type Command, InvalidArgumentError, Option } from 'commander';
import { CarbonbusError } from '../../errors.js';
import { pythonFloat } from '../../protocols/python-text.js';
import type { Files } from '../../storage/files.js';
import type { WhisperFiles } from '../../storage/whisper/whisper-files.js';
import { optionIntegerOf } from './text/integer-text.js';
import type { LocalTime } from './text/local-time.js';

/** What a tool works with. */
export interface ToolContext {
  readonly files: Files;
  readonly whisper: WhisperFiles;
  readonly nowS: number;
  readonly localTime: LocalTime;
  /** The path without links, whether it exists or not. */
  readonly realPath: (path: string) => string;
  /** Writes a line to standard error. */
  readonly complain: (line: string) => void;
}

/** One of whisper's programs, as a subcommand. */
export interface WhisperTool {
  /** What follows the name on the command line. */
  readonly usage: string;
  /** Text below the options in the help. */
  readonly notes?: string;
  readonly options: readonly Option[];
  /**
   * Does the work as its lines are asked for; the lines go to standard output.
   *
   * @param command with the arguments and options that were given
   *
   * Errors: `WrongArguments`, and `CarbonbusError`s, which end the program with 1.
   */
  run(command: Command, context: ToolContext): Iterable<string>;
}

/** The arguments make no sense: the help is shown after the message, as whisper's programs do. */
export class WrongArguments extends Error {
  /** 1: the help goes to standard output; 2: to standard error. */
  readonly exitCode: 1 | 2;

  constructor(exitCode: 1 | 2, message = '') {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Throws `WrongArguments` unless there are so many arguments. */
export function expectCount(
  { args }: Command,
  least: number,
  most = Number.POSITIVE_INFINITY,
  exitCode: 1 | 2 = 1,
): void {
  if (args.length >= least && args.length <= most) return;
  throw new WrongArguments(exitCode, exitCode === 2 ? 'wrong number of arguments' : '');
}

/** Throws unless there is a file of that path. */
export function expectFile({ files }: ToolContext, path: string): void {
  if (files.size(path) !== undefined) return;
  throw new CarbonbusError('ENOENT', `File "${path}" does not exist!`);
}

/** An option that takes no value; undefined where it is not given. */
export function flag(flags: string, help: string): Option {
  return new Option(flags, help);
}

export function timeFormatOption(): Option {
  return new Option('-t, --time-format <format>', 'format of the dates, as that of strftime');
}

export function integerOption(flags: string, help: string): Option {
  return new Option(flags, help).argParser((text) => {
    const value = optionIntegerOf(text);
    if (value === undefined) throw new InvalidArgumentError('Not an integer.');
    return value;
  });
}

export function floatOption(flags: string, help: string): Option {
  return new Option(flags, help).argParser(float);
}

/** Errors: `InvalidArgumentError` for what Python does not take for a float. */
export function float(text: string): number {
  const value = pythonFloat(text);
  if (value === undefined) throw new InvalidArgumentError('Not a number.');
  return value;
}
