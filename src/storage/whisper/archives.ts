import { CarbonbusError } from '../../errors.js';

/** One level of precision as a user configures it. */
export interface ArchiveSpec {
  readonly secondsPerPoint: number;
  /** Length of the ring, in slots. */
  readonly points: number;
}

const U32_MAX = 0xffffffff;

/** The archives, finest first, as whisper stores them. */
export function sortedArchives(archives: readonly ArchiveSpec[]): ArchiveSpec[] {
  return [...archives].sort((a, b) => a.secondsPerPoint - b.secondsPerPoint);
}

/**
 * Why whisper refuses this list of archives (finest first), or undefined when it takes it. The rules are
 * those of whisper's `validateArchiveList`.
 */
export function archivesProblem(archives: readonly ArchiveSpec[]): string | undefined {
  if (archives.length === 0) return 'at least one archive is needed';
  for (const [i, { secondsPerPoint, points }] of archives.entries()) {
    if (!isU32(secondsPerPoint) || !isU32(points)) {
      return `archive ${i}: ${secondsPerPoint}:${points} does not fit the file format`;
    }
  }
  for (let i = 0; i + 1 < archives.length; i++) {
    const problem = pairProblem(archives[i], archives[i + 1]);
    if (problem !== undefined) return `archives ${i} and ${i + 1}: ${problem}`;
  }
  return undefined;
}

/** The archives, finest first; a list that whisper refuses throws `INVALID_ARCHIVES`. */
export function checkedArchives(archives: readonly ArchiveSpec[]): ArchiveSpec[] {
  const sorted = sortedArchives(archives);
  const problem = archivesProblem(sorted);
  if (problem !== undefined) throw new CarbonbusError('INVALID_ARCHIVES', problem);
  return sorted;
}

function pairProblem(fine: ArchiveSpec, coarse: ArchiveSpec): string | undefined {
  if (fine.secondsPerPoint === coarse.secondsPerPoint) return 'the same precision twice';
  if (fine.secondsPerPoint === 0 || coarse.secondsPerPoint % fine.secondsPerPoint !== 0) {
    return `${fine.secondsPerPoint} s does not divide ${coarse.secondsPerPoint} s`;
  }
  const fineS = fine.secondsPerPoint * fine.points;
  const coarseS = coarse.secondsPerPoint * coarse.points;
  if (coarseS <= fineS) return `the coarser one covers ${coarseS} s, the finer one ${fineS} s`;
  const needed = coarse.secondsPerPoint / fine.secondsPerPoint;
  if (fine.points < needed)
    return `${needed} points make one coarser point, ${fine.points} are kept`;
  return undefined;
}

function isU32(n: number): boolean {
  return Number.isInteger(n) && n >= 0 && n <= U32_MAX;
}
