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

/**
 * Removes the folder of a shard with all that is in it, an entry a step. Links are removed, and never followed. The
 * checkpoint goes first: what is left of a folder when this is killed must not pass for one that is whole.
 */
export function* removeShardFolder(files: Files, folder: string): Generator<void> {
  const checkpoint = `${folder}/checkpoint.json`;
  if (files.size(checkpoint) !== undefined) {
    files.remove(checkpoint);
    files.syncFolder(folder);
    yield;
  }
  yield* removeTree(files, folder);
}

function* removeTree(files: Files, folder: string): Generator<void> {
  for (const { name, kind } of [...files.list(folder)]) {
    const path = `${folder}/${name}`;
    if (kind === 'folder') yield* removeTree(files, path);
    else files.remove(path);
    yield;
  }
  files.removeFolder(folder);
}
