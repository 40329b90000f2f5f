import { CarbonbusError } from '../../../errors.js';
import { knownPoints, type WhisperFiles } from '../whisper-files.js';
import { sameArchives } from './same-archives.js';

/**
 * Copies all points of one file into another with the same archives, archive by archive, over what is there, as
 * whisper's `merge` does. Roll-ups follow the target's method and xFilesFactor.
 *
 * Errors: `ARCHIVES_DIFFER`, `INVALID_INTERVAL`.
 */
export function merge(
  whisper: WhisperFiles,
  source: string,
  target: string,
  nowS: number,
  fromS = 0,
  untilS = nowS,
): void {
  const archives = sameArchives(whisper, source, target);
  if (untilS < fromS) {
    throw new CarbonbusError('INVALID_INTERVAL', `from ${fromS} is after until ${untilS}`);
  }
  for (const { index, retentionS } of archives) {
    const oldest = nowS - retentionS;
    if (untilS < oldest) continue;
    const fetched = whisper.fetchArchive(source, index, Math.max(fromS, oldest), untilS);
    whisper.updateArchive(target, index, knownPoints(fetched));
  }
}
