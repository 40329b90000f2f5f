import { existsSync } from 'node:fs';
import { metricPath } from '../../src/storage/metric-path.js';
import { whisperSlots } from '../../test/support/whisper-slots.js';
import type { Traffic } from './traffic.js';

/** One second is the step of the files; they keep more than an outage takes. */
export const RETENTIONS = '1s:1h';

/** What takes lines at a port and keeps each point on two backends, of which the first is killed. */
export interface Side {
  readonly name: string;
  readonly port: number;
  /** Ends the first backend by SIGKILL; nobody starts it again before `revive`. */
  kill(): Promise<void>;
  revive(): Promise<void>;
  /** The paths that the file of this metric may have, on the first backend and on the second one. */
  paths(metric: string): [first: string[], second: string[]];
  remove(): Promise<void>;
}

/** Of both backends: points that were sent and are in no file. */
export function missingPoints(side: Side, traffic: Traffic): [first: number, second: number] {
  const missing: [number, number] = [0, 0];
  for (let metric = 0; metric < traffic.metrics; metric++) {
    for (const [backend, paths] of side.paths(traffic.name(metric)).entries()) {
      const path = paths.find((one) => existsSync(one));
      const [slots] = path === undefined ? [] : whisperSlots(path);
      for (let round = 0; round < traffic.rounds; round++)
        if (slots?.get(traffic.timestamp(round)) !== traffic.value(metric, round))
          missing[backend]++;
    }
  }
  return missing;
}

/** Where a metric is below a folder of whisper files. */
export function fileOf(root: string, metric: string): string {
  return `${root}/${metricPath(metric, true)}`;
}
