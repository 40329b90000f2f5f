import { readFileSync } from 'node:fs';

/**
 * The points of each archive of a whisper file, by timestamp, read without the code under test:
 * `u32 method, u32 maxRetention, f32 xff, u32 archives`, then `u32 offset, step, points` for each, big-endian.
 */
export function whisperSlots(path: string): Map<number, number>[] {
  return slotsOfBytes(readFileSync(path));
}

/** The same of the bytes of a file. */
export function slotsOfBytes(bytes: Buffer): Map<number, number>[] {
  const archives = bytes.readUInt32BE(12);
  return Array.from({ length: archives }, (_, archive) => {
    const header = 16 + archive * 12;
    const offset = bytes.readUInt32BE(header);
    const points = bytes.readUInt32BE(header + 8);
    const slots = new Map<number, number>();
    for (let at = offset; at < offset + points * 12; at += 12) {
      const timestamp = bytes.readUInt32BE(at);
      if (timestamp > 0) slots.set(timestamp, bytes.readDoubleBE(at + 4));
    }
    return slots;
  });
}

/** Where two files differ: one line for each point, at most `limit`. */
export function differences(
  a: readonly Map<number, number>[],
  b: readonly Map<number, number>[],
  limit: number,
): string[] {
  const lines: string[] = [];
  for (const [archive, points] of a.entries()) {
    const timestamps = new Set([...points.keys(), ...(b[archive]?.keys() ?? [])]);
    for (const timestamp of timestamps) {
      const [left, right] = [points.get(timestamp), b[archive]?.get(timestamp)];
      if (!Object.is(left, right))
        lines.push(`archive ${archive}, ${timestamp}: ${left}, ${right}`);
      if (lines.length >= limit) return lines;
    }
  }
  return lines;
}
