import { type Command, Option } from 'commander';
import { AGGREGATION_METHODS } from '../../storage/whisper/aggregation.js';
import type { ArchiveSpec } from '../../storage/whisper/archives.js';
import { fileBytes } from '../../storage/whisper/format.js';
import { resize as resizeFile } from '../../storage/whisper/ops/resize.js';
import { parseRetention } from '../../storage/whisper/retention.js';
import { RETENTION_NOTES } from './create.js';
import {
  expectCount,
  flag,
  floatOption,
  type ToolContext,
  type WhisperTool,
  WrongArguments,
} from './tool.js';

interface ResizeToolOptions {
  readonly xFilesFactor?: number;
  readonly aggregationMethod?: string;
  readonly newfile?: string;
  readonly nobackup?: boolean;
  readonly aggregate?: boolean;
}

export const resize: WhisperTool = {
  usage: '[options] <path> <retention...>',
  notes: RETENTION_NOTES,
  options: [
    floatOption('--xFilesFactor <factor>', 'change the xFilesFactor'),
    new Option(
      '--aggregationMethod <method>',
      `change how points are rolled up: ${AGGREGATION_METHODS.join(', ')}`,
    ),
    flag('--force', 'accepted, and without effect, as in whisper'),
    new Option('--newfile <path>', 'write a new file and leave the old one as it is'),
    flag('--nobackup', 'delete the old file in the end, which else stays as .bak'),
    flag('--aggregate', 'compute the points of the new archives from the old points'),
  ],

  *run(command: Command, context: ToolContext): Generator<string> {
    expectCount(command, 2);
    const [path, ...retentions] = command.args;
    const { whisper, files, nowS } = context;
    if (files.size(path) === undefined) {
      throw new WrongArguments(1, `[ERROR] File '${path}' does not exist!`);
    }
    whisper.info(path); // A file that is not whisper's is refused before anything is printed.
    const archives = retentions.map(parseRetention);
    const { newfile, ...options } = command.opts<ResizeToolOptions>();
    yield 'Retrieving all data from the archives';
    const target = newfile ?? `${path}.tmp`;
    if (newfile === undefined && files.size(target) !== undefined) {
      yield `Removing previous temporary database file: ${target}`;
    }
    yield `Creating new whisper database: ${target}`;
    resizeFile(whisper, path, archives, nowS, {
      ...(options.xFilesFactor === undefined ? {} : { xFilesFactor: options.xFilesFactor }),
      ...(options.aggregationMethod === undefined ? {} : { method: options.aggregationMethod }),
      ...(newfile === undefined ? {} : { newFile: newfile }),
      removeBackup: options.nobackup === true,
      aggregate: options.aggregate === true,
    });
    yield* doneLines(path, target, archives, options, newfile !== undefined);
  },
};

function* doneLines(
  path: string,
  target: string,
  archives: readonly ArchiveSpec[],
  { aggregate, nobackup }: ResizeToolOptions,
  isNewFile: boolean,
): Generator<string> {
  yield `Created: ${target} (${fileBytes(archives)} bytes)`;
  yield `Migrating data with${aggregate ? '' : 'out'} aggregation...`;
  if (isNewFile) return;
  yield `Renaming old database to: ${path}.bak`;
  yield `Renaming new database to: ${path}`;
  if (nobackup) yield `Unlinking backup: ${path}.bak`;
}
