import type { Command } from 'commander';
import { CarbonbusError } from '../../errors.js';
import { type Archive, POINT_BYTES, retentionOf } from '../../storage/whisper/format.js';
import { Exit } from '../configuration.js';
import { Float, type Json, jsonText } from './text/json-text.js';
import { floatText } from './text/number-text.js';
import { expectCount, flag, type ToolContext, type WhisperTool } from './tool.js';

export const info: WhisperTool = {
  usage: '[options] <path> [field]',
  notes: 'Fields: aggregationMethod, maxRetention, xFilesFactor, archives, fileSize.',
  options: [flag('--json', 'print JSON')],

  *run(command: Command, context: ToolContext): Generator<string> {
    expectCount(command, 1);
    const [path, field] = command.args;
    const facts = factsOf(context, path);
    if (field && !Object.hasOwn(facts, field)) {
      yield `Unknown field "${field}". Valid fields are ${Object.keys(facts).join(',')}`;
      throw new Exit(1);
    }
    if (field) yield valueText(facts[field]);
    else if (command.opts<{ json?: boolean }>().json) yield jsonText(facts, ': ');
    else yield* factLines(facts);
  },
};

/** What whisper-info tells of a file, in its order. */
interface Facts {
  readonly [field: string]: Json;
  readonly aggregationMethod: string;
  readonly maxRetention: number;
  readonly xFilesFactor: Float;
  readonly archives: readonly Record<string, number>[];
  readonly fileSize: number;
}

function factsOf({ whisper, files }: ToolContext, path: string): Facts {
  const header = whisper.info(path);
  if (header === undefined) throw new CarbonbusError('ENOENT', `${path} does not exist`);
  return {
    aggregationMethod: header.aggregationMethod,
    maxRetention: header.maxRetention,
    xFilesFactor: new Float(header.xFilesFactor),
    archives: header.archives.map(archiveFacts),
    fileSize: files.size(path) ?? 0,
  };
}

function archiveFacts(archive: Archive): Record<string, number> {
  return {
    offset: archive.offset,
    secondsPerPoint: archive.secondsPerPoint,
    points: archive.points,
    retention: retentionOf(archive),
    size: archive.points * POINT_BYTES,
  };
}

function* factLines({ archives, ...facts }: Facts): Generator<string> {
  for (const [key, value] of Object.entries(facts)) yield `${key}: ${valueText(value)}`;
  yield '';
  for (const [i, archive] of archives.entries()) {
    yield `Archive ${i}`;
    for (const [key, value] of Object.entries(archive)) yield `${key}: ${value}`;
    yield '';
  }
}

/** As Python prints such a value. */
function valueText(value: Json): string {
  if (value instanceof Float) return floatText(value.value);
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const members = Object.entries(value).map(([key, member]) => `'${key}': ${valueText(member)}`);
  return `{${members.join(', ')}}`;
}
