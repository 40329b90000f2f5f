import type { CreationRule } from '../../src/storage/schemas.js';
import { AGGREGATION_METHODS } from '../../src/storage/whisper/aggregation.js';
import type { ArchiveSpec } from '../../src/storage/whisper/archives.js';
import type { Random } from './random.js';

/** Points that arrive together; timestamps differ. */
export interface Traffic {
  readonly nowS: number;
  readonly points: readonly (readonly [number, number])[];
}

const X_FILES_FACTORS = [0, 0.1, 0.25, 0.3, 0.5, 0.6, 0.8, 1];
const STEPS = [1, 2, 5, 10, 15, 60];
const FACTORS = [2, 3, 4, 6, 10];
const ODD_VALUES = [0, -0, 1e300, -1e300, 5e-324, Number.POSITIVE_INFINITY];

/** One to four small archives that whisper takes, with any method and xFilesFactor. */
export function randomRule(random: Random): CreationRule {
  const archives: ArchiveSpec[] = [];
  let secondsPerPoint = random.pick(STEPS);
  let finerS = 0;
  for (let n = random.int(1, 4); n > 0; n--) {
    const factor = random.pick(FACTORS);
    const points = Math.max(random.int(10, 60), Math.floor(finerS / secondsPerPoint) + 3, factor);
    archives.push({ secondsPerPoint, points });
    finerS = secondsPerPoint * points;
    secondsPerPoint *= factor;
  }
  return {
    archives,
    xFilesFactor: random.pick(X_FILES_FACTORS),
    method: random.pick(AGGREGATION_METHODS),
  };
}

/**
 * What a metric sends in the course of time: mostly the present, some of it late, twice or not at all. Nothing is
 * a whole ring apart: of such points whisper keeps one or the other, by the order of a Python set.
 */
export function randomTraffic(random: Random, { archives }: CreationRule): Traffic[] {
  const step = archives[0].secondsPerPoint;
  const retentions = archives.map(coveredS);
  let nowS = 1_500_000_000 + random.int(0, 100_000);
  return Array.from({ length: random.int(3, 25) }, () => {
    nowS += random.chance(0.1)
      ? random.int(0, 2 * random.pick(retentions))
      : random.int(1, 4 * step);
    const points = new Map<number, number>();
    for (let n = random.int(1, 15); n > 0; n--) {
      points.set(nowS - randomAge(random, archives), randomValue(random));
    }
    return { nowS, points: [...points] };
  });
}

function randomAge(random: Random, archives: readonly ArchiveSpec[]): number {
  const present = random.int(0, 8 * archives[0].secondsPerPoint);
  if (random.chance(0.8)) return present;
  const late = random.int(0, coveredS(random.pick(archives)));
  const isAtEdge = archives.some((archive) => {
    const coverage = coveredS(archive);
    return late <= coverage && late > coverage - 2 * archive.secondsPerPoint;
  });
  return isAtEdge ? present : late;
}

function coveredS({ secondsPerPoint, points }: ArchiveSpec): number {
  return secondsPerPoint * points;
}

function randomValue(random: Random): number {
  return random.chance(0.05) ? random.pick(ODD_VALUES) : random.int(-1000, 1000) / 8;
}
