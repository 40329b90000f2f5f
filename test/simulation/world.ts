import { Random } from '../support/random.js';
import { unrest, wrongs } from './checks.js';
import { Faults } from './faults.js';
import { Load } from './load.js';
import { SimulatedCluster } from './simulated-cluster.js';
import { SimulatedTime } from './simulated-time.js';
import { Trace } from './trace.js';
import { randomShape } from './world-shape.js';

/** A world that heals is at rest by then. */
const REST_MAX_MS = 300_000;
const LOOK_MS = 1_000;

export interface Outcome {
  seed: number;
  /** What was wrong; empty for a good world. */
  wrong: string[];
  trace: readonly string[];
  /** Events that happened. */
  steps: number;
  /** How often a process was started again. */
  restarts: number;
  accepted: number;
  simulatedMs: number;
}

/**
 * Runs the world of one seed: points come and things go wrong for a while, then everything is mended; once it is at rest,
 * it is compared with the model.
 *
 * @param stepsMax ends the troubled time after so many events, to find the one that matters
 */
export async function runWorld(
  seed: number,
  options: { stepsMax?: number; print?: (line: string) => void } = {},
): Promise<Outcome> {
  const random = new Random(seed);
  const time = new SimulatedTime(random);
  const trace = new Trace(time);
  if (options.print) trace.print = options.print;
  const shape = randomShape(random);
  trace.note('world', `seed ${seed} ${JSON.stringify(shape)}`);
  const lost = new Map<string, Set<number>>();
  const cluster = new SimulatedCluster(shape, time, random, trace, lost);
  const load = new Load(shape, cluster, time, random);
  const faults = new Faults(shape, cluster, time, random, trace);
  const stepsMax = options.stepsMax ?? Number.POSITIVE_INFINITY;
  await time.run(() => time.nowMs >= shape.troubledMs || time.steps >= stepsMax);
  load.stop();
  faults.heal();
  const wrong = await atRest(time, () => unrest(shape, cluster));
  if (wrong.length === 0) wrong.push(...(await wrongs(shape, cluster, load, lost, time)));
  cluster.membership.stop();
  for (const line of wrong) trace.note('WRONG', line);
  return {
    seed,
    wrong,
    trace: trace.lines,
    steps: time.steps,
    restarts: cluster.places.reduce((sum, { lives }) => sum + lives - 1, 0),
    accepted: load.accepted.size,
    simulatedMs: time.nowMs,
  };
}

/** Runs until nothing is left to be done; says what is left when that takes too long. */
async function atRest(time: SimulatedTime, look: () => string[]): Promise<string[]> {
  const latestMs = time.nowMs + REST_MAX_MS;
  for (let left = look(); ; left = look()) {
    if (left.length === 0) return [];
    if (time.nowMs >= latestMs) return left.map((text) => `not at rest: ${text}`);
    const nextMs = time.nowMs + LOOK_MS;
    time.at(nextMs, () => undefined);
    await time.run(() => time.nowMs >= nextMs);
  }
}
