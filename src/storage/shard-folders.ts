import { type Files, isMissing } from './files.js';

/** The shards that a node has folders of, ascending. None where the folder is not there. */
export function shardFolders(files: Files, folder: string): number[] {
  const shards: number[] = [];
  try {
    for (const { name, kind } of files.list(folder)) {
      if (kind === 'folder' && /^\d{1,4}$/.test(name)) shards.push(Number(name));
    }
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  return shards.sort((a, b) => a - b);
}
