import type { Command } from 'commander';
import { fill as fillFile } from '../../storage/whisper/ops/fill.js';
import { expectCount, expectFile, flag, type ToolContext, type WhisperTool } from './tool.js';

export const fill: WhisperTool = {
  usage: '[options] <source> <target>',
  notes: 'Copies points of the source into the gaps of the target. The archives may differ.',
  options: [flag('--lock', 'accepted, and without effect: no file is locked')],

  run(command: Command, context: ToolContext): Iterable<string> {
    expectCount(command, 2, 2);
    const [source, target] = command.args;
    expectFile(context, source);
    expectFile(context, target);
    fillFile(context.whisper, source, target, context.nowS);
    return [];
  },
};
