import { COARSE_DELAYS } from '../../src/actors/shard/checkpointer.js';
import type { CreationRule, CreationRules } from '../../src/storage/schemas.js';
import type { WhisperStore } from '../../src/storage/whisper/store.js';
import { archives, openStore } from '../../test/support/test-store.js';

/** `10s:6h,1m:7d,10m:1y`, averages: 777,652 bytes a file. */
export const RETENTIONS = '10s:6h,1m:7d,10m:1y';
export const STEP_S = 10;
const RULE: CreationRule = {
  archives: archives([10, 2_160], [60, 10_080], [600, 52_560]),
  xFilesFactor: 0.5,
  method: 'average',
};

/** The creation rules of every metric. */
export const benchRules = (): CreationRules => ({ match: () => RULE });

/** The engine as a node runs it: sparse files, roll-ups that wait (`rollUpS`: for how long, as ROLL_UP_DELAY). */
export function openBenchStore(root: string, openFilesMax: number, rollUpS = 0): WhisperStore {
  const coarseRollUpS = Math.floor(COARSE_DELAYS * rollUpS);
  return openStore(root, { rule: RULE, openFilesMax, deferRollUps: true, coarseRollUpS });
}

/** 50 metrics a host, each host a folder. */
export function metricName(i: number): string {
  const host = String(Math.floor(i / 50)).padStart(5, '0');
  return `servers.dc1.host${host}.cpu.metric${String(i % 50).padStart(2, '0')}`;
}

/** The value of metric `i`; the peers compute the same. */
export function valueAt(i: number, timestamp: number): number {
  return i + (timestamp % 3_600) / 8;
}

/**
 * Looks whether the finest archives of some of the metrics hold every point from `fromS` on to before `untilS`.
 *
 * @returns how many points were looked at
 */
export function checkPoints(
  store: WhisperStore,
  metrics: Iterable<number>,
  fromS: number,
  untilS: number,
): number {
  let checked = 0;
  for (const i of metrics) {
    const series = store.fetch(undefined, metricName(i), fromS - STEP_S, untilS - STEP_S, untilS);
    if (series === null || series.startS !== fromS) throw new Error(`${metricName(i)} is missing`);
    for (let timestamp = fromS; timestamp < untilS; timestamp += STEP_S) {
      const value = series.values[(timestamp - fromS) / STEP_S];
      if (value !== valueAt(i, timestamp)) {
        throw new Error(`${metricName(i)} has ${value} at ${timestamp}`);
      }
      checked++;
    }
  }
  return checked;
}

/** Every so many of `metrics` metrics, about `wanted` of them. */
export function sample(metrics: number, wanted: number): number[] {
  const step = Math.max(1, Math.floor(metrics / wanted));
  return Array.from({ length: Math.floor(metrics / step) }, (_, n) => n * step);
}
