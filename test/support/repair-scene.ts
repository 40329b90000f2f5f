import type { Gap } from '../../src/protocols/repair-messages.js';
import type { FakeReplica } from './fake-replica.js';
import { slotsOfBytes } from './whisper-slots.js';

export const ARCHIVES = [
  { secondsPerPoint: 1, points: 600 },
  { secondsPerPoint: 60, points: 120 },
];
export const TAGGED = 'disk;dc=a;host=b';
export const options = { archives: ARCHIVES };

/** Every slot of every file of a replica, by path and archive. */
export function slots(replica: FakeReplica): Record<string, Record<number, number>[]> {
  return Object.fromEntries(
    Object.entries(replica.whisper()).map(([path, hex]) => [
      path,
      slotsOfBytes(Buffer.from(hex, 'hex')).map((one) => Object.fromEntries(one)),
    ]),
  );
}

export function gapsOf(replica: FakeReplica): readonly Gap[] {
  return replica.runner.replica.gaps.all;
}

/** One batch of points, the `i`th second of some minutes ago. */
export function append(replica: FakeReplica, i: number): void {
  const at = replica.nowS - 300 + i;
  replica.append(['a.b', at, i], [`m.m${i % 5}`, at, i], [TAGGED, at, i]);
}
