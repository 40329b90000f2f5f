import type { Files } from '../../src/storage/files.js';
import { nodeFiles } from '../../src/storage/node-files.js';
import type { CreationRule } from '../../src/storage/schemas.js';
import type { ArchiveSpec } from '../../src/storage/whisper/archives.js';
import { WhisperStore, type WhisperStoreOptions } from '../../src/storage/whisper/store.js';

/** 10 s for 10 minutes, 1 minute for an hour, 5 minutes for a day; averages, from half the points on. */
export const RULE: CreationRule = {
  archives: archives([10, 60], [60, 60], [300, 288]),
  xFilesFactor: 0.5,
  method: 'average',
};

export function archives(...list: readonly (readonly [number, number])[]): ArchiveSpec[] {
  return list.map(([secondsPerPoint, points]) => ({ secondsPerPoint, points }));
}

export function openStore(
  root: string,
  options: Partial<WhisperStoreOptions> & { rule?: CreationRule; files?: Files } = {},
): WhisperStore {
  const { rule = RULE, ...rest } = options;
  return new WhisperStore({
    files: nodeFiles,
    root,
    schemas: () => ({ match: () => rule }),
    openFilesMax: 100,
    sparse: true,
    hashTagged: true,
    ...rest,
  });
}
