import type { Command } from 'commander';
import { merge as mergeFiles } from '../../storage/whisper/ops/merge.js';
import {
  expectCount,
  expectFile,
  integerOption,
  type ToolContext,
  type WhisperTool,
} from './tool.js';

export const merge: WhisperTool = {
  usage: '[options] <source> <target>',
  notes: 'Copies the points of the source over those of the target. Both need the same archives.',
  options: [
    integerOption('--from <time>', 'Unix time after which to begin (default: the oldest point)'),
    integerOption('--until <time>', 'Unix time up to which to go (default: now)'),
  ],

  run(command: Command, context: ToolContext): Iterable<string> {
    expectCount(command, 2);
    const [source, target] = command.args;
    expectFile(context, source);
    expectFile(context, target);
    const { from = 0, until = context.nowS } = command.opts<{ from?: number; until?: number }>();
    mergeFiles(context.whisper, source, target, context.nowS, from, until);
    return [];
  },
};
