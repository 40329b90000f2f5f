import { type Command, Option } from 'commander';
import {
  type ArchiveDiff,
  type Difference,
  diff as diffFiles,
} from '../../storage/whisper/ops/diff.js';
import { Float, type Json, jsonText } from './text/json-text.js';
import { floatText } from './text/number-text.js';
import { expectCount, flag, integerOption, type ToolContext, type WhisperTool } from './tool.js';

interface DiffOptions {
  readonly summary?: boolean;
  readonly ignoreEmpty?: boolean;
  readonly columns?: boolean;
  readonly headers: boolean;
  readonly until?: number;
  readonly json?: boolean;
}

const WIDTHS = [7, 11, 13, 13];
const SUMMARY_WIDTHS = [7, 9, 9];
const COLON = ' : ';

export const diff: WhisperTool = {
  usage: '[options] <path a> <path b>',
  notes: 'Both files need the same archives.',
  options: [
    flag('--summary', 'print how many points differ, not which'),
    flag('--ignore-empty', 'leave out slots that are empty in one of the files'),
    flag('--columns', 'print simple columns'),
    new Option('--no-headers', 'print no column headers'),
    integerOption('--until <time>', 'Unix time up to which to compare (default: now)'),
    flag('--json', 'print JSON'),
  ],

  *run(command: Command, { whisper, nowS }: ToolContext): Generator<string> {
    expectCount(command, 2, 2);
    const [a, b] = command.args;
    const options = command.opts<DiffOptions>();
    const until = options.until || nowS;
    const archives = diffFiles(whisper, a, b, nowS, options.ignoreEmpty, until);
    if (options.json) yield diffJson(a, b, archives, options.summary === true);
    else if (options.summary) yield* summaryLines(archives, options);
    else yield* differenceLines(archives, options);
  },
};

function* differenceLines(
  archives: readonly ArchiveDiff[],
  { columns, headers }: DiffOptions,
): Generator<string> {
  const widths = columns ? [] : WIDTHS;
  if (headers) yield row(['archive', 'timestamp', 'value_a', 'value_b'], widths);
  for (const { archive, differing, compared } of archives) {
    if (!columns) {
      yield `Archive ${archive} (${differing.length} of ${compared} datapoints differ)`;
      yield row(['', 'timestamp', 'value_a', 'value_b'], widths);
    }
    for (const [timestamp, a, b] of differing) {
      yield row([columns ? archive : '', timestamp, valueText(a), valueText(b)], widths);
    }
  }
}

function* summaryLines(
  archives: readonly ArchiveDiff[],
  { columns, headers }: DiffOptions,
): Generator<string> {
  const widths = columns ? [] : SUMMARY_WIDTHS;
  if (headers) yield row(['archive', 'total', 'differing'], widths);
  for (const { archive, differing, compared } of archives) {
    yield row([archive, compared, differing.length], widths);
  }
}

/** Cells to the right of their columns; a column without a width is as wide as its cell. */
function row(cells: readonly (string | number)[], widths: readonly number[]): string {
  return cells.map((cell, i) => String(cell).padStart(widths[i] ?? 0)).join(' ');
}

function valueText(value: number | null): string {
  return value === null ? 'None' : floatText(value);
}

/** Keys in order of the alphabet. */
function diffJson(
  a: string,
  b: string,
  archives: readonly ArchiveDiff[],
  isSummary: boolean,
): string {
  const diffs = archives.map(({ archive, differing, compared }) => ({
    archive,
    ...(isSummary ? {} : { datapoint: differing.map(differenceJson) }),
    points: differing.length,
    total: compared,
  }));
  return jsonText({ archives: diffs, path_a: a, path_b: b }, COLON);
}

function differenceJson([timestamp, a, b]: Difference): Json {
  return { timestamp, value_a: valueJson(a), value_b: valueJson(b) };
}

function valueJson(value: number | null): Json {
  return value === null ? null : new Float(value);
}
