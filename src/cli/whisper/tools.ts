import type { Command } from 'commander';
import type { ToolWorld } from './run-tool.js';
import type { WhisperTool } from './tool.js';

interface ToolEntry {
  readonly help: string;
  readonly load: () => Promise<WhisperTool>;
}

const TOOLS: Record<string, ToolEntry> = {
  'whisper-info': {
    help: 'show the header of a whisper file',
    load: async () => (await import('./info.js')).info,
  },
  'whisper-fetch': {
    help: 'show the points of a time in a whisper file',
    load: async () => (await import('./fetch.js')).fetch,
  },
  'whisper-dump': {
    help: 'show all that is in a whisper file',
    load: async () => (await import('./dump.js')).dump,
  },
  'whisper-create': {
    help: 'create a whisper file',
    load: async () => (await import('./create.js')).create,
  },
  'whisper-update': {
    help: 'put points into a whisper file',
    load: async () => (await import('./update.js')).update,
  },
  'whisper-resize': {
    help: 'give a whisper file other archives',
    load: async () => (await import('./resize.js')).resize,
  },
  'whisper-merge': {
    help: 'copy the points of a whisper file over those of another',
    load: async () => (await import('./merge.js')).merge,
  },
  'whisper-fill': {
    help: 'copy points of a whisper file into the gaps of another',
    load: async () => (await import('./fill.js')).fill,
  },
  'whisper-diff': {
    help: 'compare two whisper files',
    load: async () => (await import('./diff.js')).diff,
  },
  'whisper-set-aggregation-method': {
    help: 'change how a whisper file rolls points up',
    load: async () => (await import('./set-metadata.js')).setAggregationMethod,
  },
  'whisper-set-xfilesfactor': {
    help: 'change the xFilesFactor of a whisper file',
    load: async () => (await import('./set-metadata.js')).setXFilesFactor,
  },
  'find-corrupt-whisper-files': {
    help: 'find, and delete, files that are not whisper files',
    load: async () => (await import('./find-corrupt.js')).findCorrupt,
  },
};

/**
 * Adds whisper's tools to the program, under their own names. Only those that `argv` names are loaded, so that the
 * others cost a process nothing.
 *
 * @param exit called with the exit code of the tool that ran
 */
export async function addWhisperTools(
  program: Command,
  argv: readonly string[],
  world: () => Promise<ToolWorld>,
  exit: (code: number) => void,
): Promise<void> {
  for (const [name, { help, load }] of Object.entries(TOOLS)) {
    const command = program.command(name).description(help);
    if (!argv.includes(name)) continue;
    const { defineTool } = await import('./run-tool.js');
    defineTool(command, await load(), await world(), exit);
  }
}
