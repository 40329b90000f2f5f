import { type Command, Option } from 'commander';
import type { FetchedPoints } from '../../storage/whisper/whisper-files.js';
import { Exit } from '../configuration.js';
import { floatText, percentF } from './text/number-text.js';
import { type TimeOptions, timeText } from './text/time-text.js';
import {
  expectCount,
  flag,
  integerOption,
  type ToolContext,
  timeFormatOption,
  type WhisperTool,
} from './tool.js';

const DAY_S = 86_400;

type Value = number | null;

/** Which values stay, by the argument of `--drop`. */
const KEPT: Record<string, (value: Value) => boolean> = {
  zeroes: (value) => value !== 0,
  nulls: (value) => value !== null,
  empty: (value) => value !== 0 && value !== null,
};

interface FetchOptions extends TimeOptions {
  readonly from?: number;
  readonly until?: number;
  readonly json?: boolean;
  readonly drop?: string;
}

export const fetch: WhisperTool = {
  usage: '[options] <path>',
  notes: 'With --drop the rows that stay move up, and their times with them, as in whisper.',
  options: [
    integerOption('--from <time>', 'Unix time after which to begin (default: a day ago)'),
    integerOption('--until <time>', 'Unix time up to which to go (default: now)'),
    flag('--json', 'print JSON'),
    flag('--pretty', 'print dates in place of Unix times'),
    timeFormatOption(),
    new Option('--drop <what>', 'leave out some of the values').choices(Object.keys(KEPT)),
  ],

  *run(command: Command, context: ToolContext): Generator<string> {
    expectCount(command, 1, 1);
    const { whisper, nowS } = context;
    const options = command.opts<FetchOptions>();
    const { from = nowS - DAY_S, until = nowS, drop } = options;
    const fetched = whisper.fetch(command.args[0], from, until, nowS);
    if (fetched === null) {
      context.complain('No data in selected timerange');
      throw new Exit(1);
    }
    const values = drop === undefined ? valuesOf(fetched) : valuesOf(fetched).filter(KEPT[drop]);
    yield* options.json ? jsonLines(fetched, values) : rows(fetched, values, options, context);
  },
};

function valuesOf({ values, known }: FetchedPoints): Value[] {
  return Array.from(values, (value, i) => (known[i] === 1 ? value : null));
}

function* rows(
  { startS, stepS }: FetchedPoints,
  values: readonly Value[],
  options: TimeOptions,
  { localTime }: ToolContext,
): Generator<string> {
  for (const [i, value] of values.entries()) {
    const time = timeText(startS + i * stepS, options, localTime);
    yield `${time}\t${value === null ? 'None' : percentF(value)}`;
  }
}

/** JSON, but for values that are not finite: those are written as Python writes them. */
function jsonLines({ startS, endS, stepS }: FetchedPoints, values: readonly Value[]): string[] {
  const texts = values.map((value) => (value === null ? 'null' : floatText(value)));
  return [
    '{',
    `    "start" : ${startS},`,
    `    "end" : ${endS},`,
    `    "step" : ${stepS},`,
    `    "values" : [${texts.join(', ')}]`,
    '  }',
  ];
}
