import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeFiles } from '../../src/storage/node-files.js';
import { AGGREGATION_METHODS } from '../../src/storage/whisper/aggregation.js';
import { encodeHeader, newHeader } from '../../src/storage/whisper/format.js';
import { type Point, WhisperFiles } from '../../src/storage/whisper/whisper-files.js';
import { seeded } from './random.js';

/** Archives that most of the files have. */
const ARCHIVES = [
  { secondsPerPoint: 10, points: 60 },
  { secondsPerPoint: 60, points: 120 },
  { secondsPerPoint: 600, points: 100 },
];
/** Values whose digits are hard to get right: ties, extremes, and what is not finite. */
const ODD_VALUES = [
  0.0078125,
  0.0234375,
  -0.0078125,
  1e22,
  1e300,
  5e-324,
  1e-7,
  0.1,
  1 / 3,
  123456789.12345679,
  -0,
  2 ** 53,
  1e16,
  123456,
  1234567.5,
  0.00001,
  -1e-5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];

/** Writes whisper files of many kinds, and files that are none, into a folder. */
export function writeWhisperFixtures(folder: string, nowS: number): void {
  const whisper = new WhisperFiles(nodeFiles);
  const random = seeded(nowS);
  const at = (name: string): string => join(folder, name);
  for (const name of ['a.wsp', 'b.wsp', 'gone.wsp']) {
    whisper.create(at(name), ARCHIVES, { xFilesFactor: 0.3 });
    whisper.updateMany(at(name), gappy(nowS, random), nowS);
  }
  for (const method of AGGREGATION_METHODS) {
    whisper.create(at(`${method}.wsp`), ARCHIVES.slice(0, 2), { xFilesFactor: 0, method });
    whisper.updateMany(at(`${method}.wsp`), gappy(nowS, random), nowS);
  }
  whisper.create(at('empty.wsp'), ARCHIVES, { xFilesFactor: 1, method: 'last' });
  whisper.create(at('single.wsp'), [{ secondsPerPoint: 60, points: 50 }], { xFilesFactor: 0.1 });
  whisper.update(at('single.wsp'), nowS - 600, 0.0078125, nowS);
  whisper.create(at('odd größe.wsp'), [{ secondsPerPoint: 60, points: 30 }]);
  const odd = ODD_VALUES.map((value, i): Point => [nowS - 60 * i, value]);
  whisper.updateMany(at('odd größe.wsp'), odd, nowS);
  writeCorrupt(folder);
}

/** Points for a hundred minutes, some in runs, some alone, some of them 0. */
function gappy(nowS: number, random: () => number): Point[] {
  const points: Point[] = [];
  let isGap = false;
  for (let timestamp = nowS - 6000; timestamp <= nowS; timestamp += 10) {
    if (random() < 0.1) isGap = !isGap;
    if (isGap) continue;
    points.push([timestamp, random() < 0.1 ? 0 : Math.round(random() * 1e6) / 128 - 1000]);
  }
  return points;
}

function writeCorrupt(folder: string): void {
  const header = encodeHeader(newHeader(ARCHIVES, 0.5, 'sum'));
  const changed = (change: (view: DataView) => void): Uint8Array => {
    const bytes = Uint8Array.from(header);
    change(new DataView(bytes.buffer));
    return bytes;
  };
  const corrupt: Record<string, Uint8Array | string> = {
    'zero-byte.wsp': '',
    'short.wsp': header.subarray(0, 10),
    'header-cut.wsp': header.subarray(0, 30),
    'data-cut.wsp': Buffer.concat([header, Buffer.alloc(100)]),
    'foreign.wsp': 'This is a text, and not a whisper file; it is long enough for a header.',
    'method.wsp': changed((view) => view.setUint32(0, 99)),
    'factor.wsp': changed((view) => view.setFloat32(8, 7)),
    'no-archives.wsp': changed((view) => view.setUint32(12, 0)).subarray(0, 16),
    'notes.txt': 'not looked at',
    'max.wsp.tmp': 'left by a resize that was broken off',
  };
  for (const [name, bytes] of Object.entries(corrupt)) writeFileSync(join(folder, name), bytes);
  for (const name of ['sub', 'sub/deep', 'sub/other', 'bare']) mkdirSync(join(folder, name));
  for (const name of ['sub/x.wsp', 'sub/deep/y.wsp', 'sub/other/z.wsp', 'sub/deep/n.txt']) {
    writeFileSync(join(folder, name), name.includes('z') ? header : 'corrupt');
  }
}
