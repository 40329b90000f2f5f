import type { Command } from 'commander';
import { CarbonbusError } from '../../errors.js';
import { pythonFloat } from '../../protocols/python-text.js';
import type { Point } from '../../storage/whisper/whisper-files.js';
import { integerOf } from './text/integer-text.js';
import { expectCount, type ToolContext, type WhisperTool } from './tool.js';

export const update: WhisperTool = {
  usage: '<path> <timestamp:value...>',
  notes: 'N in place of a timestamp is the present. A single point must not lie in the future.',
  options: [],

  run(command: Command, { whisper, nowS }: ToolContext): Iterable<string> {
    expectCount(command, 2);
    const [path, ...texts] = command.args;
    const points = texts.map((text) => pointOf(text, nowS));
    const [[timestamp, value]] = points;
    if (points.length === 1) whisper.update(path, timestamp, value, nowS);
    else whisper.updateMany(path, points, nowS);
    return [];
  },
};

function pointOf(text: string, nowS: number): Point {
  const parts = text.replaceAll('N:', `${nowS}:`).split(':');
  const timestamp = integerOf(parts[0]);
  const value = parts.length === 2 ? pythonFloat(parts[1]) : undefined;
  if (timestamp === undefined || value === undefined) {
    throw new CarbonbusError('INVALID_POINT', `${text} is not timestamp:value`);
  }
  return [timestamp, value];
}
