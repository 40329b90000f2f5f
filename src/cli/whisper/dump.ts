import type { Command } from 'commander';
import { methodOfCode } from '../../storage/whisper/aggregation.js';
import { type Archive, POINT_BYTES, retentionOf } from '../../storage/whisper/format.js';
import { type RawHeader, rawHeader, rawSlots } from '../../storage/whisper/raw-file.js';
import { percentG } from './text/number-text.js';
import { type TimeOptions, timeText } from './text/time-text.js';
import {
  expectCount,
  expectFile,
  flag,
  type ToolContext,
  timeFormatOption,
  type WhisperTool,
} from './tool.js';

/** Enough for the exact value of most floats. */
const VALUE_DIGITS = 35;
const VALUE_WIDTH = 10;

interface DumpOptions extends TimeOptions {
  readonly raw?: boolean;
}

export const dump: WhisperTool = {
  usage: '[options] <path>',
  options: [
    flag('--pretty', 'print dates in place of Unix times'),
    timeFormatOption(),
    flag('-r, --raw', 'print timestamp:value alone, as whisper-update takes them'),
  ],

  *run(command: Command, context: ToolContext): Generator<string> {
    expectCount(command, 1, 1, 2);
    const [path] = command.args;
    const options = command.opts<DumpOptions>();
    const { files } = context;
    expectFile(context, path);
    const fd = files.open(path, 'read');
    try {
      const header = rawHeader(files, fd);
      if (!options.raw) yield* headerLines(header);
      for (const [i, archive] of header.archives.entries()) {
        if (!options.raw) yield `Archive ${i} data:`;
        yield* slotLines(archive, fd, options, context);
      }
    } finally {
      files.close(fd);
    }
  },
};

function* headerLines({ methodCode, maxRetention, xFilesFactor, archives }: RawHeader) {
  yield 'Meta data:';
  yield `  aggregation method: ${methodOfCode(methodCode) ?? 'average'}`;
  yield `  max retention: ${maxRetention}`;
  yield `  xFilesFactor: ${percentG(xFilesFactor, 6)}`;
  yield '';
  for (const [i, archive] of archives.entries()) {
    yield `Archive ${i} info:`;
    yield `  offset: ${archive.offset}`;
    yield `  seconds per point: ${archive.secondsPerPoint}`;
    yield `  points: ${archive.points}`;
    yield `  retention: ${retentionOf(archive)}`;
    yield `  size: ${archive.points * POINT_BYTES}`;
    yield '';
  }
}

function* slotLines(
  archive: Archive,
  fd: number,
  options: DumpOptions,
  { files, localTime }: ToolContext,
): Generator<string> {
  let slot = 0;
  for (const { timestamp, value } of rawSlots(files, fd, archive)) {
    const digits = percentG(value, VALUE_DIGITS);
    yield options.raw
      ? `${timestamp}:${digits}`
      : `${slot}: ${timeText(timestamp, options, localTime)}, ${digits.padStart(VALUE_WIDTH)}`;
    slot++;
  }
}
