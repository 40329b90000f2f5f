import { CarbonbusError } from '../../errors.js';
import type { Files } from '../files.js';
import { ARCHIVE_INFO_BYTES, type Archive, METADATA_BYTES, POINT_BYTES } from './format.js';

const SLOTS_READ = 4096;

/** The header as it stands in the file, which need not make sense. */
export interface RawHeader {
  readonly methodCode: number;
  readonly maxRetention: number;
  readonly xFilesFactor: number;
  readonly archives: readonly Archive[];
}

/** What a slot holds; 0 at time 0 where nothing was ever written. */
export interface RawSlot {
  readonly timestamp: number;
  readonly value: number;
}

/** The header of an open file, unchecked but for its length: `CORRUPT_FILE` when the file ends within it. */
export function rawHeader(files: Files, fd: number): RawHeader {
  const first = new DataView(new ArrayBuffer(METADATA_BYTES));
  if (readInto(files, fd, first, METADATA_BYTES, 0) < METADATA_BYTES) {
    throw new CarbonbusError('CORRUPT_FILE', 'the file ends within its header');
  }
  const archives: Archive[] = [];
  for (let i = first.getUint32(12); i > 0; i--)
    archives.push(rawArchive(files, fd, archives.length));
  return {
    methodCode: first.getUint32(0),
    maxRetention: first.getUint32(4),
    xFilesFactor: first.getFloat32(8),
    archives,
  };
}

/** All slots of an archive, in the order of the file. `CORRUPT_FILE` where the file ends before the archive does. */
export function* rawSlots(files: Files, fd: number, archive: Archive): Generator<RawSlot> {
  const view = new DataView(new ArrayBuffer(SLOTS_READ * POINT_BYTES));
  for (let done = 0; done < archive.points; ) {
    const wanted = Math.min(SLOTS_READ, archive.points - done);
    const position = archive.offset + done * POINT_BYTES;
    const read = readInto(files, fd, view, wanted * POINT_BYTES, position);
    const whole = Math.floor(read / POINT_BYTES);
    for (let at = 0; at < whole * POINT_BYTES; at += POINT_BYTES) {
      yield { timestamp: view.getUint32(at), value: view.getFloat64(at + 4) };
    }
    done += whole;
    if (whole < wanted) {
      throw new CarbonbusError('CORRUPT_FILE', `the file ends before slot ${done} of an archive`);
    }
  }
}

function rawArchive(files: Files, fd: number, index: number): Archive {
  const view = new DataView(new ArrayBuffer(ARCHIVE_INFO_BYTES));
  const position = METADATA_BYTES + index * ARCHIVE_INFO_BYTES;
  if (readInto(files, fd, view, ARCHIVE_INFO_BYTES, position) < ARCHIVE_INFO_BYTES) {
    throw new CarbonbusError('CORRUPT_FILE', `the file ends within the header of archive ${index}`);
  }
  return {
    offset: view.getUint32(0),
    secondsPerPoint: view.getUint32(4),
    points: view.getUint32(8),
  };
}

function readInto(
  files: Files,
  fd: number,
  { buffer }: DataView<ArrayBuffer>,
  length: number,
  position: number,
): number {
  return files.read(fd, new Uint8Array(buffer), 0, length, position);
}
