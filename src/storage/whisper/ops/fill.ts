import { retentionOf } from '../format.js';
import { knownPoints, type WhisperFiles } from '../whisper-files.js';
import { archivesOf } from './same-archives.js';

/**
 * Copies points of one file into the gaps of another, as the program whisper-fill does: each gap from the finest
 * archives that reach it, newest part first. The archives may differ.
 *
 * As there, a stored 0 counts as a gap, and a gap of a single slot is left alone.
 */
export function fill(whisper: WhisperFiles, source: string, target: string, nowS: number): void {
  let until = nowS;
  for (const retentionS of retentions(whisper, target)) {
    const from = nowS - retentionS;
    if (from >= until) continue;
    const gaps = gapsOf(whisper, target, from, until, nowS);
    for (const [start, end] of gaps) fillGap(whisper, source, target, start, end, nowS);
    until = from;
  }
}

/** Gaps in a file after `from` and up to `until`, each as the time before its first slot and that of its end. */
function gapsOf(
  whisper: WhisperFiles,
  path: string,
  from: number,
  until: number,
  nowS: number,
): [number, number][] {
  const fetched = whisper.fetch(path, from, until, nowS);
  if (fetched === null) return [];
  const { startS, stepS, values, known } = fetched;
  const gaps: [number, number][] = [];
  let gapStart: number | undefined;
  for (let i = 0; i < values.length; i++) {
    const at = startS + i * stepS;
    const isEmpty = known[i] === 0 || values[i] === 0;
    if (isEmpty && gapStart === undefined) {
      gapStart = at;
    } else if (!isEmpty && gapStart !== undefined) {
      if (at - gapStart > stepS) gaps.push([gapStart - stepS, at]);
      gapStart = undefined;
    } else if (gapStart !== undefined && i === values.length - 1) {
      gaps.push([gapStart - stepS, at]);
    }
  }
  return gaps;
}

function fillGap(
  whisper: WhisperFiles,
  source: string,
  target: string,
  start: number,
  end: number,
  nowS: number,
): void {
  const oldest = nowS - (whisper.info(source)?.maxRetention ?? 0);
  if (start < oldest && end < oldest) return;
  let until = end;
  for (const retentionS of retentions(whisper, source)) {
    const reach = nowS - retentionS;
    if (until <= reach) continue;
    const from = Math.max(reach, start);
    const fetched = whisper.fetch(source, from, until, nowS);
    if (fetched !== null) whisper.updateMany(target, knownPoints(fetched), nowS);
    until = from;
    if (until === start) return;
  }
}

/** What the archives of a file cover, seconds, shortest first. */
function retentions(whisper: WhisperFiles, path: string): number[] {
  return archivesOf(whisper, path)
    .map(retentionOf)
    .sort((a, b) => a - b);
}
