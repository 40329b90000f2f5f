import type { Clock } from '../../src/actors/ports/clock.js';
import { ReplayTurns } from '../../src/actors/shard/replay-turns.js';

/** Replays that wait for nobody. */
export function freeTurns(clock: Clock): ReplayTurns {
  const none = Number.POSITIVE_INFINITY;
  return new ReplayTurns({ atOnce: none, bytesPerSecond: none, liveLagMax: none }, clock);
}
