import type { Command } from 'commander';
import { errorCode, errorText } from '../../errors.js';
import { isMissing } from '../../storage/files.js';
import type { WhisperHeader } from '../../storage/whisper/format.js';
import { expectCount, flag, type ToolContext, type WhisperTool, WrongArguments } from './tool.js';

interface FindOptions {
  readonly deleteCorrupt?: boolean;
  readonly verbose?: boolean;
}

export const findCorrupt: WhisperTool = {
  usage: '[options] <folder...>',
  notes: 'A file is corrupt when its header is. Corrupt files are named on standard error.',
  options: [
    flag('--delete-corrupt', 'delete the corrupt files'),
    flag('--verbose', 'print every folder and file that is looked at'),
  ],

  *run(command: Command, context: ToolContext): Generator<string> {
    expectCount(command, 1, undefined, 2);
    for (const argument of command.args) {
      const root = context.realPath(argument);
      expectFolder(context, root);
      yield* lookThrough(root, command.opts<FindOptions>(), context);
    }
  },
};

function expectFolder({ files }: ToolContext, path: string): void {
  const entries = files.list(path);
  try {
    entries.next();
  } catch (error) {
    throw new WrongArguments(2, `${path} is not a directory! ${errorText(error)}`);
  } finally {
    entries.return(undefined);
  }
}

/** The files of each folder as they are listed, then its folders. Of what waits only the folders are remembered. */
function* lookThrough(root: string, options: FindOptions, context: ToolContext): Generator<string> {
  const waiting = [root];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    if (options.verbose) yield `Scanning ${folder}…`;
    const folders: string[] = [];
    const prefix = folder.endsWith('/') ? folder : `${folder}/`;
    try {
      for (const { name, kind } of context.files.list(folder)) {
        if (kind === 'folder') folders.push(prefix + name);
        else if (name.endsWith('.wsp')) yield* look(prefix + name, options, context);
      }
    } catch (error) {
      complainOf(error, context);
    }
    for (const next of folders.reverse()) waiting.push(next);
  }
}

function* look(path: string, options: FindOptions, context: ToolContext): Generator<string> {
  const header = headerOf(path, options, context);
  if (header === undefined || !options.verbose) return;
  yield `${path}: ${header.archives.reduce((sum, { points }) => sum + points, 0)} points`;
}

/** Undefined, with what there is to say said, for a file that is corrupt or cannot be read. */
function headerOf(
  path: string,
  { deleteCorrupt }: FindOptions,
  context: ToolContext,
): WhisperHeader | undefined {
  try {
    return context.whisper.info(path);
  } catch (error) {
    if (errorCode(error) !== 'CORRUPT_FILE') {
      complainOf(error, context);
      return undefined;
    }
    context.complain(`${deleteCorrupt ? 'Deleting corrupt' : 'Corrupt'} Whisper file: ${path}`);
    if (deleteCorrupt) context.files.remove(path);
    return undefined;
  }
}

/** One folder or file that cannot be read does not end the search. */
function complainOf(error: unknown, { complain }: ToolContext): void {
  if (errorCode(error) === undefined) throw error;
  // Gone meanwhile, or a link to a folder.
  if (!isMissing(error) && errorCode(error) !== 'EISDIR') complain(`[ERROR] ${errorText(error)}`);
}
