import { Random } from '../support/random.js';
import { unrest, wrongs } from './checks.js';
import { Faults } from './faults.js';
import { AHEAD_MAX_S, Load } from './load.js';
import { SimulatedCluster } from './simulated-cluster.js';
import { SimulatedTime } from './simulated-time.js';
import { Trace } from './trace.js';
import { unrepaired } from './unrepaired.js';
import { FINEST_S, randomShape, type WorldShape } from './world-shape.js';

/** A world that heals is at rest by then. */
const REST_MAX_MS = 300_000;
const LOOK_MS = 1_000;
/** In one of so many worlds nats-server loses power. */
const CUT_EVERY = 4;
/** Of two values for a slot all replicas have the same after so many. */
const COMPARISONS = 2;

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
  // By the number, not by chance: so the seeds keep the worlds that they had before.
  const shape = { ...randomShape(random), cutsServer: seed % CUT_EVERY === 0 };
  trace.note('world', `seed ${seed} ${JSON.stringify(shape)}`);
  const cluster = new SimulatedCluster(shape, time, random, trace);
  const load = new Load(shape, cluster, time, random);
  const faults = new Faults(shape, cluster, time, random, trace);
  const stepsMax = options.stepsMax ?? Number.POSITIVE_INFINITY;
  await time.run(() => time.nowMs >= shape.troubledMs || time.steps >= stepsMax);
  load.stop();
  faults.heal();
  const wrong = await settledWrongs(shape, cluster, time);
  if (wrong.length === 0) wrong.push(...(await wrongs(shape, cluster, load, time)));
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

/** Runs until the world is at rest, and replicas that are repaired have been compared each with the others as they are then. */
async function settledWrongs(
  shape: WorldShape,
  cluster: SimulatedCluster,
  time: SimulatedTime,
): Promise<string[]> {
  const look = (): Promise<string[]> => unrest(shape, cluster);
  const settleS = Math.max(...cluster.nodes.map(({ running }) => running.repairs?.settleS ?? 0));
  const settledMs = time.nowMs + (AHEAD_MAX_S + settleS + FINEST_S) * 1_000;
  let wrong = await atRest(time, look);
  if (shape.isRepaired && wrong.length === 0) {
    wrong = unrepaired(shape, cluster, time);
    await pass(time, settledMs);
  }
  for (let round = 0; shape.isRepaired && wrong.length === 0 && round < COMPARISONS; round++) {
    for (const { running } of cluster.nodes) running.repairs?.want();
    wrong = await atRest(time, look);
  }
  return wrong;
}

/** Runs until nothing is left to be done; says what is left when that takes too long. */
async function atRest(time: SimulatedTime, look: () => Promise<string[]>): Promise<string[]> {
  const latestMs = time.nowMs + REST_MAX_MS;
  for (let left = await look(); ; left = await look()) {
    if (left.length === 0) return [];
    if (time.nowMs >= latestMs) return left.map((text) => `not at rest: ${text}`);
    await pass(time, time.nowMs + LOOK_MS);
  }
}

async function pass(time: SimulatedTime, untilMs: number): Promise<void> {
  time.at(untilMs, () => undefined);
  await time.run(() => time.nowMs >= untilMs);
}
