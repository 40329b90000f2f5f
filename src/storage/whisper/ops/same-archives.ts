import { CarbonbusError } from '../../../errors.js';
import { type Archive, retentionOf } from '../format.js';
import type { WhisperFiles } from '../whisper-files.js';

/** An archive that two files have in common, and its index in both. */
export interface SharedArchive {
  readonly index: number;
  readonly retentionS: number;
}

/**
 * The archives of two files, shortest retention first.
 *
 * Errors: `ARCHIVES_DIFFER`, `ENOENT`, `CORRUPT_FILE`.
 */
export function sameArchives(whisper: WhisperFiles, a: string, b: string): SharedArchive[] {
  const archives = archivesOf(whisper, a);
  const others = archivesOf(whisper, b);
  const same = archives.length === others.length && archives.every((x, i) => isEqual(x, others[i]));
  if (!same) {
    throw new CarbonbusError(
      'ARCHIVES_DIFFER',
      `${a} and ${b} have different archives: resize one`,
    );
  }
  return archives
    .map((archive, index) => ({ index, retentionS: retentionOf(archive) }))
    .sort((x, y) => x.retentionS - y.retentionS);
}

/** The archives of a file that must be there. */
export function archivesOf(whisper: WhisperFiles, path: string): readonly Archive[] {
  const header = whisper.info(path);
  if (header === undefined) throw new CarbonbusError('ENOENT', `${path} does not exist`);
  return header.archives;
}

function isEqual(a: Archive, b: Archive): boolean {
  return a.offset === b.offset && a.secondsPerPoint === b.secondsPerPoint && a.points === b.points;
}
