import type { Command } from 'commander';
import { CarbonbusError } from '../../errors.js';
import { pythonFloat } from '../../protocols/python-text.js';
import { AGGREGATION_METHODS } from '../../storage/whisper/aggregation.js';
import { floatText } from './text/number-text.js';
import { expectCount, type ToolContext, type WhisperTool, WrongArguments } from './tool.js';

const NOTES = 'Roll-ups that are in the file already stay as they are.';

export const setAggregationMethod: WhisperTool = {
  usage: `<path> <${AGGREGATION_METHODS.join('|')}> [xFilesFactor]`,
  notes: NOTES,
  options: [],

  *run(command: Command, context: ToolContext): Generator<string> {
    expectCount(command, 2);
    const [path, method, factor] = command.args;
    expectExisting(context, path);
    const xFilesFactor = command.args.length === 3 ? factorOf(factor) : undefined;
    const old = context.whisper.setAggregationMethod(path, method, xFilesFactor);
    yield `Updated aggregation method: ${path} (${old} -> ${method})`;
  },
};

export const setXFilesFactor: WhisperTool = {
  usage: '<path> <xFilesFactor>',
  notes: NOTES,
  options: [],

  *run(command: Command, context: ToolContext): Generator<string> {
    expectCount(command, 2, 2, 2);
    const [path, text] = command.args;
    const factor = pythonFloat(text);
    if (factor === undefined) throw new WrongArguments(2, `not a number: ${text}`);
    expectExisting(context, path);
    const old = context.whisper.setXFilesFactor(path, factor);
    yield `Updated xFilesFactor: ${path} (${floatText(old)} -> ${floatText(factor)})`;
  },
};

function expectExisting({ files }: ToolContext, path: string): void {
  if (files.size(path) === undefined) {
    throw new WrongArguments(1, `[ERROR] File '${path}' does not exist!`);
  }
}

function factorOf(text: string): number {
  const factor = pythonFloat(text);
  if (factor !== undefined) return factor;
  throw new CarbonbusError('INVALID_X_FILES_FACTOR', `Invalid xFilesFactor ${text}, not a float`);
}
