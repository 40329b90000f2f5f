import type { ArchiveDigest, FileDigest, SlotRange } from '../../protocols/repair-messages.js';
import { decodeHeader, fileBytes } from '../../storage/whisper/format.js';

const HASH_BYTES = 8;
/** Slots of one range at most. */
const RANGE_SLOTS = 20_000;

/** The ranges of a peer's file that hold something else than ours, finest archive first. */
export function differingRanges(ours: FileDigest, theirs: FileDigest, untilS: number): SlotRange[] {
  return theirs.archives.flatMap((archive) => {
    const own = ours.archives.find(({ stepS }) => stepS === archive.stepS);
    // Where we have archives, but none of this step, our file has another schema: it stays as it is.
    if (own === undefined && ours.archives.length > 0) return [];
    return rangesOf(theirs.name, own, archive, Math.floor(untilS / archive.stepS) * archive.stepS);
  });
}

function rangesOf(
  name: string,
  ours: ArchiveDigest | undefined,
  { stepS, fromS, windowS, hashes }: ArchiveDigest,
  endS: number,
): SlotRange[] {
  const isCutAlike = ours?.fromS === fromS && ours.windowS === windowS;
  const ranges: SlotRange[] = [];
  const longestS = Math.max(windowS, Math.floor((RANGE_SLOTS * stepS) / windowS) * windowS);
  for (let at = 0; at < hashes.length; at += HASH_BYTES) {
    const hash = hashes.subarray(at, at + HASH_BYTES);
    if (isZero(hash)) continue;
    if (isCutAlike && isEqual(hash, ours.hashes.subarray(at, at + HASH_BYTES))) continue;
    const from = fromS + (at / HASH_BYTES) * windowS;
    const untilS = Math.min(endS, from + windowS);
    const last = ranges.at(-1);
    if (last?.untilS === from && untilS - last.fromS <= longestS) last.untilS = untilS;
    else if (untilS > from) ranges.push({ name, stepS, fromS: from, untilS });
  }
  return ranges;
}

/** How many slots a range has. */
export function slotsOf({ fromS, untilS, stepS }: SlotRange): number {
  return Math.ceil((untilS - fromS) / stepS);
}

/** The size of a whole file with this header; of the header where it tells none. */
export function bytesOfFile(header: Uint8Array): number {
  const decoded = decodeHeader(header);
  return decoded === undefined ? header.length : fileBytes(decoded.archives);
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
