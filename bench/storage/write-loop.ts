/**
 * What Node lets be done at most: the update of `system-calls-peer.c`, with `fs.writeSync` alone, on files that are open.
 *
 * write-loop PATHS METRICS POINTS_PER_WRITE WRITES BASE_S FROM_S: the arguments, and what is printed, as of the C program's `update`.
 */
import { constants, openSync, readFileSync, writeSync } from 'node:fs';
import { STEP_S, valueAt } from '../support/bench-metrics.js';

const SLOTS = 2_160;
const SLOT_BYTES = 12;
const FIRST_SLOT = 16 + 3 * SLOT_BYTES;

const [, , paths, ...numbers] = process.argv;
const [metrics, points, writes, baseS, fromS] = numbers.map(Number);
const fds = new Int32Array(metrics);
for (const [i, path] of readFileSync(paths, 'utf8').split('\n').slice(0, metrics).entries()) {
  fds[i] = openSync(path, constants.O_RDWR);
}
const bytes = new Uint8Array(points * SLOT_BYTES);
const view = new DataView(bytes.buffer);
/** Of metric 0; the others' are higher by their number, as in `engine.ts`. */
const firstValues = new Float64Array(points);

/** No run passes the end of the ring: its slots are a multiple of the points of a write, and so is the first. */
function writeAll(atS: number): void {
  const position = FIRST_SLOT + (((atS - baseS) / STEP_S) % SLOTS) * SLOT_BYTES;
  for (let n = 0; n < points; n++) firstValues[n] = valueAt(0, atS + n * STEP_S);
  for (let i = 0; i < metrics; i++) {
    for (let n = 0; n < points; n++) {
      view.setUint32(n * SLOT_BYTES, atS + n * STEP_S);
      view.setFloat64(n * SLOT_BYTES + 4, i + firstValues[n]);
    }
    writeSync(fds[i], bytes, 0, bytes.length, position);
  }
}

writeAll(fromS);
const startMs = performance.now();
const cpu = process.cpuUsage();
for (let n = 1; n <= writes; n++) writeAll(fromS + n * points * STEP_S);
const { user, system } = process.cpuUsage(cpu);
const seconds = (performance.now() - startMs) / 1000;
console.log(JSON.stringify({ updates: metrics * writes, seconds, cpuUs: user + system }));
