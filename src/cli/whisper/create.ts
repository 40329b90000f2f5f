import { type Command, Option } from 'commander';
import { AGGREGATION_METHODS } from '../../storage/whisper/aggregation.js';
import { type ArchiveSpec, checkedArchives } from '../../storage/whisper/archives.js';
import { fileBytes, newHeader } from '../../storage/whisper/format.js';
import { parseRetention } from '../../storage/whisper/retention.js';
import { percentF } from './text/number-text.js';
import { flag, floatOption, type ToolContext, type WhisperTool, WrongArguments } from './tool.js';

const BLOCK_BYTES = 4096;
const UNITS = ['bytes', 'KB', 'MB'];
const METRICS_THOUSANDS = [1, 5, 10, 50, 100, 500];

export const RETENTION_NOTES = `Each retention is precision:length. The precision is in seconds, or has a unit (s, min, h, d, w, y);
the length is a number of points, or with a unit a time. 60:1440 and 1min:1d are the same.`;

interface CreateToolOptions {
  readonly xFilesFactor: number;
  readonly aggregationMethod: string;
  readonly overwrite?: boolean;
  readonly estimate?: boolean;
  readonly sparse?: boolean;
  readonly fallocate?: boolean;
}

export const create: WhisperTool = {
  usage: '[options] <path> <retention...>\n       --estimate <retention...>',
  notes: RETENTION_NOTES,
  options: [
    floatOption('--xFilesFactor <factor>', 'share of points that a roll-up needs').default(0.5),
    new Option(
      '--aggregationMethod <method>',
      `how points are rolled up: ${AGGREGATION_METHODS.join(', ')}`,
    ).default('average'),
    flag('--overwrite', 'replace the file if it exists'),
    flag('--estimate', 'print the size that files would have, and create none'),
    flag('--sparse', 'let the file system fill the file in as points arrive'),
    flag('--fallocate', 'take all of the space on the disk at once, as without --sparse'),
  ],

  *run(command: Command, context: ToolContext): Generator<string> {
    const options = command.opts<CreateToolOptions>();
    yield* options.estimate ? estimated(command.args) : created(command.args, options, context);
  },
};

function* created(
  args: readonly string[],
  { xFilesFactor, aggregationMethod: method, overwrite, sparse = false }: CreateToolOptions,
  { whisper, files }: ToolContext,
): Generator<string> {
  if (args.length < 2) throw new WrongArguments(1);
  const [path, ...retentions] = args;
  const archives = retentions.map(parseRetention);
  if (overwrite && files.size(path) !== undefined) {
    // Before anything is lost.
    newHeader(checkedArchives(archives), xFilesFactor, method);
    yield `Overwriting existing file: ${path}`;
    files.remove(path);
  }
  whisper.create(path, archives, { xFilesFactor, method, sparse });
  yield `Created: ${path} (${fileBytes(archives)} bytes)`;
}

function* estimated(args: readonly string[]): Generator<string> {
  if (args.length === 0) throw new WrongArguments(1);
  const retentions = args.length === 1 && args[0].indexOf(',') > 0 ? args[0].split(',') : args;
  const archives: ArchiveSpec[] = [];
  for (const retention of retentions) {
    const archive = parseRetention(retention);
    const { secondsPerPoint, points } = archive;
    yield `Archive ${archives.length}: ${points} points of ${secondsPerPoint}s precision`;
    archives.push(archive);
  }
  const bytes = fileBytes(archives);
  const diskBytes = Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
  yield '';
  yield `Estimated Whisper DB Size: ${sizeText(bytes)} (${diskBytes} bytes on disk with 4k blocks)`;
  yield '';
  for (const thousands of METRICS_THOUSANDS) {
    const total = sizeText(thousands * 1000 * diskBytes);
    yield `Estimated storage requirement for ${thousands}k metrics: ${total}`;
  }
}

function sizeText(bytes: number): string {
  let size = bytes;
  for (const unit of UNITS) {
    if (size < 1024) return `${percentF(size, 3)}${unit}`;
    size /= 1024;
  }
  return `${percentF(size, 3)}GB`;
}
