import { decodeBatch } from '../../src/protocols/batch.js';
import { PointBlock } from '../../src/protocols/points.js';
import { BatchBuilder } from './batch-builder.js';

export type NamedPoint = [name: string, timestamp: number, value: number];

/** The points of a block, readable. */
export function pointsOf(block: PointBlock): NamedPoint[] {
  return Array.from({ length: block.count }, (_, i) => [
    block.name(i),
    block.timestamps[i],
    block.values[i],
  ]);
}

/** The points of an encoded batch; fails when it is none. */
export function pointsIn(bytes: Uint8Array): NamedPoint[] {
  const block = new PointBlock();
  const problem = decodeBatch(bytes, block);
  if (problem !== undefined) throw new Error(`not a batch: ${problem}`);
  return pointsOf(block);
}

/** A block as a decoder would fill it. */
export function blockOf(points: readonly NamedPoint[]): PointBlock {
  const block = new PointBlock();
  const names = points.map(([name]) => Buffer.from(name));
  block.clear(Buffer.concat(names));
  let start = 0;
  for (const [i, [name, timestamp, value]] of points.entries()) {
    const end = start + names[i].length;
    block.append(start, end, timestamp, value, /[;{]|^~/.test(name) ? 1 : 0);
    start = end;
  }
  return block;
}

/** A batch as a relay publishes it. */
export function batchOf(points: readonly NamedPoint[]): Uint8Array {
  const builder = new BatchBuilder(Number.POSITIVE_INFINITY);
  for (const [name, timestamp, value] of points) {
    const bytes = Buffer.from(name);
    builder.append(bytes, 0, bytes.length, timestamp, value);
  }
  return builder.seal();
}
