import { CarbonbusError } from '../../errors.js';
import {
  type AggregationMethod,
  isAggregationMethod,
  methodCode,
  methodOfCode,
} from './aggregation.js';
import type { ArchiveSpec } from './archives.js';

/*
 * The whisper file, big-endian: `u32 method, u32 maxRetention, f32 xFilesFactor, u32 archives`; for each
 * archive `u32 offset, u32 secondsPerPoint, u32 points`; then each archive's ring of 12-byte slots
 * `u32 timestamp, f64 value`. Source: https://graphite.readthedocs.io/en/latest/whisper.html
 */
export const METADATA_BYTES = 16;
export const ARCHIVE_INFO_BYTES = 12;
export const POINT_BYTES = 12;
/** A header with more archives than this is taken for a foreign file. */
export const ARCHIVES_MAX = 1000;

/** An archive as it lies in a file. */
export interface Archive extends ArchiveSpec {
  /** Position of slot 0 in the file, bytes. */
  readonly offset: number;
}

export interface WhisperHeader {
  readonly aggregationMethod: AggregationMethod;
  /** Seconds that the longest archive covers. */
  readonly maxRetention: number;
  /** 0 to 1, rounded to a 32-bit float. */
  readonly xFilesFactor: number;
  /** Finest first. */
  readonly archives: readonly Archive[];
}

export function retentionOf(archive: ArchiveSpec): number {
  return archive.secondsPerPoint * archive.points;
}

export function headerBytes(archiveCount: number): number {
  return METADATA_BYTES + archiveCount * ARCHIVE_INFO_BYTES;
}

/** Size of a whole file with these archives, bytes. */
export function fileBytes(archives: readonly ArchiveSpec[]): number {
  const slots = archives.reduce((sum, archive) => sum + archive.points, 0);
  return headerBytes(archives.length) + slots * POINT_BYTES;
}

/** Where the last archive of a header ends, bytes: a file that is shorter is not whole. */
export function endOfArchives({ archives }: WhisperHeader): number {
  return archives.reduce(
    (end, { offset, points }) => Math.max(end, offset + points * POINT_BYTES),
    headerBytes(archives.length),
  );
}

/**
 * The header of a new file.
 *
 * @param archives finest first
 * Errors: `INVALID_METHOD`, `INVALID_X_FILES_FACTOR`, `INVALID_ARCHIVES` (too long for 32-bit offsets).
 */
export function newHeader(
  archives: readonly ArchiveSpec[],
  xFilesFactor: number,
  method: string,
): WhisperHeader {
  if (fileBytes(archives) > 0xffffffff) {
    throw new CarbonbusError('INVALID_ARCHIVES', 'the file would be longer than 4 GiB');
  }
  let offset = headerBytes(archives.length);
  const placed: Archive[] = [];
  for (const { secondsPerPoint, points } of archives) {
    placed.push({ offset, secondsPerPoint, points });
    offset += points * POINT_BYTES;
  }
  return {
    aggregationMethod: checkedMethod(method),
    maxRetention: Math.max(...placed.map(retentionOf)),
    xFilesFactor: checkedXFilesFactor(xFilesFactor),
    archives: placed,
  };
}

export function checkedMethod(method: string): AggregationMethod {
  if (isAggregationMethod(method)) return method;
  throw new CarbonbusError('INVALID_METHOD', `no such aggregation method: ${method}`);
}

/** The factor as a file stores it: rounded to a 32-bit float. */
export function checkedXFilesFactor(factor: number): number {
  if (factor >= 0 && factor <= 1) return Math.fround(factor);
  throw new CarbonbusError(
    'INVALID_X_FILES_FACTOR',
    `xFilesFactor ${factor} is not between 0 and 1`,
  );
}

export function encodeHeader(header: WhisperHeader): Uint8Array {
  const bytes = new Uint8Array(headerBytes(header.archives.length));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, methodCode(header.aggregationMethod));
  view.setUint32(4, header.maxRetention);
  view.setFloat32(8, header.xFilesFactor);
  view.setUint32(12, header.archives.length);
  header.archives.forEach((archive, i) => {
    const at = headerBytes(i);
    view.setUint32(at, archive.offset);
    view.setUint32(at + 4, archive.secondsPerPoint);
    view.setUint32(at + 8, archive.points);
  });
  return bytes;
}

/**
 * The number of archives that a file's first bytes announce: the header is `headerBytes` of it long.
 *
 * @returns undefined when these are not the first bytes of a whisper file
 */
export function archiveCount(bytes: Uint8Array): number | undefined {
  if (bytes.length < METADATA_BYTES) return undefined;
  const count = viewOf(bytes).getUint32(12);
  return count <= ARCHIVES_MAX ? count : undefined;
}

/** The header in the first bytes of a file; undefined when they are not a whisper header. */
export function decodeHeader(bytes: Uint8Array): WhisperHeader | undefined {
  const count = archiveCount(bytes);
  if (count === undefined || bytes.length < headerBytes(count)) return undefined;
  const view = viewOf(bytes);
  const aggregationMethod = methodOfCode(view.getUint32(0));
  const xFilesFactor = view.getFloat32(8);
  if (aggregationMethod === undefined || !(xFilesFactor >= 0 && xFilesFactor <= 1))
    return undefined;
  const archives: Archive[] = [];
  for (let i = 0; i < count; i++) {
    const at = headerBytes(i);
    archives.push({
      offset: view.getUint32(at),
      secondsPerPoint: view.getUint32(at + 4),
      points: view.getUint32(at + 8),
    });
  }
  return { aggregationMethod, maxRetention: view.getUint32(4), xFilesFactor, archives };
}

/**
 * Why no points can be read from or written to a file of this header, or undefined when they can. Looks at what the slot
 * arithmetic relies on: rings that exist and share no bytes, and precisions that divide each other.
 */
export function headerProblem({ archives }: WhisperHeader): string | undefined {
  if (archives.length === 0) return 'it has no archives';
  let end = headerBytes(archives.length);
  for (const [i, { offset, secondsPerPoint, points }] of archives.entries()) {
    if (secondsPerPoint === 0 || points === 0) return `archive ${i} is empty`;
    if (offset < end) return `archive ${i} overlaps what comes before it`;
    end = offset + points * POINT_BYTES;
    if (i > 0 && secondsPerPoint % archives[i - 1].secondsPerPoint !== 0) {
      return `the precision of archive ${i} is not a multiple of the one before`;
    }
    if (i > 0 && archives[i - 1].points < secondsPerPoint / archives[i - 1].secondsPerPoint) {
      return `archive ${i - 1} is too short for archive ${i}`;
    }
  }
  return undefined;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
