/**
 * From accepted points to whisper files: Debian's carbon-cache (package graphite-carbon, limits lifted), fed with lines
 * over TCP, beside our queue, writer and checkpoint, fed with batches as the log brings them. Both get the same points
 * at the same pace in one run; every point is looked up in the files of both. Prints one line of JSON.
 *
 * Two loads: paced, where each update has about one point, and bursts of all rounds at once. The rounds are ten seconds apart by
 * their timestamps and follow each other faster, so our points and roll-ups wait shorter than by default: for half a round of a paced
 * turn, until the last points of a burst, and until all is written. So no turn is spent on waiting, through which a process costs
 * something too. One replica has all metrics. A turn ends with the roll-ups of all its points: of 30 a metric when paced and of 20 in a
 * burst, where by default 90 would wait. Before a load is measured both sides get it for a while: that makes the files, and our
 * code is compiled by then, as that of a node is. Before each turn a side gets a round that is not counted, since its files may
 * have left the page cache during the other's turn.
 *
 * BENCH_METRICS (16000), better less than `ulimit -n`; BENCH_PACE (16000) points per second; BENCH_PACED_ROUNDS (30);
 * BENCH_BURST_ROUNDS (20); BENCH_LOADS (paced,burst); BENCH_REPEATS (3): figures are medians; BENCH_FOLDER: where.
 * BENCH_FSYNC (0): 1 syncs the file system before each checkpoint, as FSYNC = True does, and says how long that took.
 */
import { join } from 'node:path';
import { nodeFiles } from '../src/storage/node-files.js';
import { openFilesMax } from '../src/storage/open-file-limit.js';
import { CarbonPeer } from './carbon-cache/carbon-peer.js';
import { OurSide } from './carbon-cache/our-side.js';
import { outputOf, progress, synced, withBenchFolder } from './support/bench-folder.js';
import {
  checkPoints,
  openBenchStore,
  RETENTIONS,
  STEP_S,
  sample,
} from './support/bench-metrics.js';
import { count, median, rounded } from './support/figures.js';
import { cpuSecondsOf } from './support/process-cpu.js';

const METRICS = count('BENCH_METRICS', 16_000);
const PACE = count('BENCH_PACE', 16_000);
const PACED_ROUNDS = count('BENCH_PACED_ROUNDS', 30);
const BURST_ROUNDS = count('BENCH_BURST_ROUNDS', 20);
const REPEATS = count('BENCH_REPEATS', 3);
const LOAD_NAMES = (process.env.BENCH_LOADS ?? 'paced,burst').split(',');
const FSYNC = count('BENCH_FSYNC', 0, 0) === 1;
/** No repetition of a load begins later than this after the load. */
const REPEAT_BEFORE_MS = 60_000;
/** One side has this long to bring the points of a turn to its files. */
const SETTLE_MS = 60_000;
/** Points of a write to a socket, and of a batch. */
const PAYLOAD_POINTS = 1_000;
/** Longer than both sides take to receive a burst. */
const BURST_WRITE_DELAY_MS = 1_000;
/** Longer than ours takes to write one. */
const BURST_ROLL_UP_DELAY_MS = 2_000;
/** The timestamps begin so far in the past; it is less than the finest archive holds. */
const AGE_S = 4 * 3_600;
const ROUND_MS = (METRICS / PACE) * 1_000;

interface Load {
  name: 'paced' | 'burst';
  rounds: number;
  /** Time of a round; 0: as fast as they are taken. */
  roundMs: number;
  /** Before it is measured. Of a burst it takes several until our code is compiled, as each writes a file once. */
  warmUp: { turns: number; rounds: number };
  writeDelayMs: number;
  rollUpDelayMs: number;
}

const LOADS: readonly Load[] = [
  {
    name: 'paced',
    rounds: PACED_ROUNDS,
    roundMs: ROUND_MS,
    warmUp: { turns: 1, rounds: Math.min(PACED_ROUNDS, 20) },
    writeDelayMs: ROUND_MS / 2,
    rollUpDelayMs: 1.25 * PACED_ROUNDS * ROUND_MS,
  },
  {
    name: 'burst',
    rounds: BURST_ROUNDS,
    roundMs: 0,
    warmUp: { turns: 5, rounds: BURST_ROUNDS },
    writeDelayMs: BURST_WRITE_DELAY_MS,
    rollUpDelayMs: BURST_ROLL_UP_DELAY_MS,
  },
];

type Side = CarbonPeer | OurSide;

interface Figures {
  cpuSPerMillionPoints: number;
  pointsPerUpdate: number;
}

let pointsChecked = 0;

/** Sends rounds of all metrics and waits until the files hold them. Returns the CPU seconds that it took. */
async function fed(side: Side, fromS: number, rounds: number, roundMs: number): Promise<number> {
  const payloads: Buffer[] = [];
  for (let round = 0; round < rounds; round++) {
    for (let from = 0; from < METRICS; from += PAYLOAD_POINTS) {
      const to = Math.min(METRICS, from + PAYLOAD_POINTS);
      payloads.push(side.payload(from, to, fromS + round * STEP_S));
    }
  }
  const payloadMs = (roundMs * rounds) / payloads.length;
  const cpuS = cpuSecondsOf(side.pid);
  const startMs = performance.now();
  for (const [n, payload] of payloads.entries()) {
    const waitMs = startMs + n * payloadMs - performance.now();
    if (waitMs > 0) await new Promise((wake) => setTimeout(wake, waitMs));
    await side.send(payload);
  }
  return (await settledCpuS(side, fromS, rounds)) - cpuS;
}

/** CPU seconds of a side when it had become quiet with every point in its files. */
async function settledCpuS(side: Side, fromS: number, rounds: number): Promise<number> {
  const untilMs = performance.now() + SETTLE_MS;
  for (;;) {
    await side.settled();
    const cpuS = cpuSecondsOf(side.pid);
    const store = openBenchStore(side.root, 1);
    try {
      const untilS = fromS + rounds * STEP_S;
      pointsChecked += checkPoints(store, sample(METRICS, METRICS), fromS, untilS);
      return cpuS;
    } catch (error) {
      if (performance.now() > untilMs) throw error;
    } finally {
      store.close();
    }
  }
}

/** A round that is not counted: the pages of a side's files are in memory then, as those of a daemon that runs are. */
async function readied(side: Side, load: Load, atS: number, folder: string): Promise<void> {
  await fed(side, atS, 1, load.roundMs);
  await synced(folder);
}

async function carbonTurn(carbon: CarbonPeer, load: Load, fromS: number): Promise<Figures> {
  const startS = Math.floor(Date.now() / 1_000);
  const cpuS = await fed(carbon, fromS, load.rounds, load.roundMs);
  // It counts in seconds, and writes the count with the next one.
  await new Promise((wake) => setTimeout(wake, 2_000));
  const updates = carbon.updatesBetween(startS, Math.floor(Date.now() / 1_000));
  return figures(cpuS, load.rounds, updates);
}

async function ourTurn(ours: OurSide, load: Load, fromS: number): Promise<Figures> {
  const before = ours.updates;
  const cpuS = await fed(ours, fromS, load.rounds, load.roundMs);
  return figures(cpuS, load.rounds, ours.updates - before);
}

function figures(cpuS: number, rounds: number, updates: number): Figures {
  const points = METRICS * rounds;
  return { cpuSPerMillionPoints: (cpuS / points) * 1e6, pointsPerUpdate: points / updates };
}

/** One load on both sides in turns, after some that are not counted: the first of those makes the files. */
async function compared(folder: string, load: Load) {
  const carbon = await CarbonPeer.start(join(folder, `carbon-${load.name}`));
  const ours = new OurSide({
    folder: join(folder, `ours-${load.name}`),
    openFilesMax: openFilesMax(nodeFiles),
    writeDelayMs: load.writeDelayMs,
    rollUpDelayMs: load.rollUpDelayMs,
    fsync: FSYNC,
  });
  let nextS = Math.floor((Date.now() / 1_000 - AGE_S) / 60) * 60;
  const takeS = (rounds: number): number => {
    const fromS = nextS;
    nextS += rounds * STEP_S;
    return fromS;
  };
  progress(`${load.name}: making ${METRICS} files each`);
  const { turns, rounds } = load.warmUp;
  for (let turn = 0; turn < turns; turn++) {
    const fromS = takeS(rounds);
    await Promise.all([carbon, ours].map((side) => fed(side, fromS, rounds, load.roundMs)));
  }
  const syncsBefore = ours.syncsMs.length;
  const theirs: Figures[] = [];
  const own: Figures[] = [];
  const startedMs = performance.now();
  const mayRepeat = (): boolean => performance.now() - startedMs < REPEAT_BEFORE_MS;
  while (own.length < REPEATS && (own.length === 0 || mayRepeat())) {
    progress(`${load.name}: turn ${own.length + 1}`);
    const beforeS = takeS(1);
    const fromS = takeS(load.rounds);
    await readied(carbon, load, beforeS, folder);
    theirs.push(await carbonTurn(carbon, load, fromS));
    await readied(ours, load, beforeS, folder);
    own.push(await ourTurn(ours, load, fromS));
  }
  await Promise.all([carbon.stop(), ours.stop()]);
  return {
    turns: own.length,
    carbonCache: medians(theirs),
    ours: medians(own),
    ...(FSYNC ? syncFigures(ours.syncsMs.slice(syncsBefore)) : {}),
    pointsPerCpuSecondTimesCarbonCache: rounded(
      median(own.map((turn, n) => theirs[n].cpuSPerMillionPoints / turn.cpuSPerMillionPoints)),
    ),
  };
}

function syncFigures(syncsMs: readonly number[]) {
  return {
    syncs: syncsMs.length,
    msPerSync: syncsMs.length === 0 ? null : rounded(median(syncsMs)),
  };
}

function medians(turns: readonly Figures[]): Figures {
  return {
    cpuSPerMillionPoints: rounded(median(turns.map((turn) => turn.cpuSPerMillionPoints))),
    pointsPerUpdate: rounded(median(turns.map((turn) => turn.pointsPerUpdate))),
  };
}

async function run(folder: string): Promise<void> {
  const results: Record<string, object> = {};
  for (const load of LOADS) {
    if (!LOAD_NAMES.includes(load.name)) continue;
    const pace = load.roundMs === 0 ? {} : { pointsPerSecond: PACE };
    results[load.name] = { ...pace, rounds: load.rounds, ...(await compared(folder, load)) };
  }
  const result = {
    bench: 'carbon-cache',
    metrics: METRICS,
    retentions: RETENTIONS,
    openFilesMax: openFilesMax(nodeFiles),
    fsync: FSYNC,
    ...results,
    pointsChecked,
  };
  console.log(JSON.stringify(result));
}

/** Whether Debian's carbon-cache is installed. */
async function hasCarbonCache(): Promise<boolean> {
  return outputOf('which', ['carbon-cache'], 10_000).then(
    () => true,
    () => false,
  );
}

if (await hasCarbonCache()) await withBenchFolder(run);
else {
  progress('the bench needs carbon-cache: apt-get install graphite-carbon');
  process.exitCode = 1;
}
