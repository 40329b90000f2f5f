import { errorCode } from '../../errors.js';
import { type Files, type FolderEntry, isMissing } from '../files.js';

/** How far a walk has come: folders looked at, and those known to be left, which may hold others. */
export interface WalkProgress {
  folders: number;
  foldersLeft: number;
  /** Folders that may not be read. */
  foldersRefused: number;
}

/**
 * The paths of all whisper files below `root`, relative to it, in the order of the file system. A folder that goes
 * away meanwhile is left out, as is one that may not be read. Links are not followed.
 */
export function* walkWhisperFiles(
  files: Files,
  root: string,
  progress: WalkProgress = { folders: 0, foldersLeft: 0, foldersRefused: 0 },
): Generator<string> {
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    progress.foldersLeft = folders.length;
    progress.folders++;
    const entries = files.list(`${root}/${folder}`);
    const next = (): FolderEntry | undefined => nextOf(entries, progress);
    try {
      for (let entry = next(); entry !== undefined; entry = next()) {
        const path = `${folder}${entry.name}`;
        if (entry.kind === 'folder') folders.push(`${path}/`);
        else if (entry.kind === 'file' && path.endsWith('.wsp')) yield path;
      }
    } finally {
      entries.return(undefined);
    }
  }
}

function nextOf<T>(entries: Generator<T>, progress: WalkProgress): T | undefined {
  try {
    const { done, value } = entries.next();
    return done ? undefined : value;
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (errorCode(error) !== 'EACCES') throw error;
    progress.foldersRefused++;
    return undefined;
  }
}
