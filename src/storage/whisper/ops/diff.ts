import type { FetchedPoints, WhisperFiles } from '../whisper-files.js';
import { sameArchives } from './same-archives.js';

/** A slot in which two files differ; null: no point. */
export type Difference = readonly [timestamp: number, a: number | null, b: number | null];

export interface ArchiveDiff {
  /** Index in the order of retention, shortest first. */
  readonly archive: number;
  readonly differing: readonly Difference[];
  /** Slots in which at least one of the files has a point; with `ignoreEmpty`, both. */
  readonly compared: number;
}

/**
 * Compares two files with the same archives, each archive over the time that no finer one covers, as whisper's `diff`
 * does. NaN differs from NaN.
 *
 * Errors: `ARCHIVES_DIFFER`.
 */
export function diff(
  whisper: WhisperFiles,
  a: string,
  b: string,
  nowS: number,
  ignoreEmpty = false,
  untilS = nowS,
): ArchiveDiff[] {
  let until = untilS;
  return sameArchives(whisper, a, b).map(({ index, retentionS }, archive) => {
    const from = nowS - retentionS;
    const slots =
      from > until
        ? []
        : pairs(
            whisper.fetchArchive(a, index, from, until),
            whisper.fetchArchive(b, index, from, until),
          );
    until = Math.min(from, until);
    const compared = slots.filter(([, x, y]) =>
      ignoreEmpty ? x !== null && y !== null : x !== null || y !== null,
    );
    const differing = compared.filter(([, x, y]) => x !== y);
    return { archive, differing, compared: compared.length };
  });
}

function pairs(a: FetchedPoints, b: FetchedPoints): Difference[] {
  const at = ({ known, values }: FetchedPoints, i: number): number | null =>
    known[i] === 1 ? values[i] : null;
  return Array.from(a.values, (_, i) => [a.startS + i * a.stepS, at(a, i), at(b, i)]);
}
