/**
 * Relays beside each other in one run: lines over TCP in at full speed, and out to four sinks by consistent hashing, or
 * into the shard logs. Debian's carbon-c-relay and carbon-relay with the same load and sinks, ours as relay and forwarder
 * with a nats-server of their own. Prints one line of JSON: CPU seconds of the process tree (user and system) for a
 * million lines in; how many times the lines of a peer ours relays with the same CPU, with and without nats-server; and the
 * lines lost. The figures of nats-server hold its share of the traffic, writing the logs and being read by the forwarder.
 *
 * Load generator and sinks are C programs (bench/relay/*.c), compiled by `cc`.
 *
 * Each process is measured between two points of the load: BENCH_WARM_UP_ROUNDS (4) times as many lines are relayed before, or
 * else a figure would hold what a daemon does once. Of Node that is compiling: a forwarder has about 2,000 points in a message, so
 * what it does for each message runs often enough only after some millions of them.
 *
 * BENCH_LINES (3000000); BENCH_METRICS (50000); BENCH_REPEATS (3): figures are
 * medians; BENCH_HASHES (fnv1a_ch,carbon_ch); BENCH_REPLICATION (1,2); BENCH_PYTHON_LINES (200000): of carbon-relay, which is slow; BENCH_FOLDER: where.
 */

import { freePort } from '../test/support/free-port.js';
import { Ours } from './relay/ours.js';
import { type Relay, type Route, startCarbonRelay, startCrelay } from './relay/peers.js';
import { type Load, Traffic } from './relay/traffic.js';
import { outputOf, progress, withBenchFolder } from './support/bench-folder.js';
import { count, median, rounded } from './support/figures.js';

const LINES = count('BENCH_LINES', 3_000_000);
const METRICS = count('BENCH_METRICS', 50_000);
const REPEATS = count('BENCH_REPEATS', 3);
const PYTHON_LINES = count('BENCH_PYTHON_LINES', 200_000);
const HASHES = (process.env.BENCH_HASHES ?? 'fnv1a_ch,carbon_ch').split(',') as Route['hash'][];
const REPLICATION = (process.env.BENCH_REPLICATION ?? '1,2')
  .split(',')
  .map(Number) as Route['replicationFactor'][];
const WARM_UP_ROUNDS = count('BENCH_WARM_UP_ROUNDS', 4);
const SINKS = 4;
/** No line for so long: the rest is lost. */
const QUIET_MS = 5_000;
const START_S = 1_700_000_000;
/** From the first time of a round to that of the next. */
const ROUND_S = 1_000;

type Side = 'crelay' | 'carbonRelay' | 'ours' | 'oursIntoLogs';

interface Measured {
  /** For a million lines in, by process. */
  cpuS: Record<string, number>;
  lost: number;
  linesPerSecond: number;
}

const SIDES: readonly Side[] = ['crelay', 'ours', 'oursIntoLogs', 'carbonRelay'];

function load(lines: number, startS: number): Load {
  return { lines, metrics: METRICS, startS };
}

/** One side, started anew, under the load. */
async function measured(
  folder: string,
  traffic: Traffic,
  side: Side,
  route: Route,
): Promise<Measured> {
  const ports = await Promise.all(Array.from({ length: SINKS }, () => freePort()));
  const sink = await traffic.sink(ports);
  const ours = async (sinks: number[]): Promise<Ours> => Ours.start(folder, route, sinks);
  const starts: Record<Side, () => Promise<Relay>> = {
    crelay: () => startCrelay(folder, route, ports),
    carbonRelay: () => startCarbonRelay(folder, route, ports),
    ours: () => ours(ports),
    oursIntoLogs: () => ours([]),
  };
  const relay = await starts[side]();
  const lines = side === 'carbonRelay' ? PYTHON_LINES : LINES;
  const copies = side === 'oursIntoLogs' ? 1 : route.replicationFactor;
  const logs = relay instanceof Ours && side === 'oursIntoLogs' ? relay : undefined;
  let sent = 0;
  // What lies in the logs is counted at the end: nats-server is busy with it for a while.
  const round = async (): Promise<void> => {
    await traffic.send(relay.port, load(lines, START_S + (sent / lines) * ROUND_S));
    sent += lines;
    if (logs === undefined) await sink.settled(sent * copies, QUIET_MS);
    else await logs.settled();
  };
  try {
    for (let warmUp = 0; warmUp < WARM_UP_ROUNDS; warmUp++) await round();
    const cpuBefore = relay.cpuSeconds();
    const startMs = performance.now();
    await round();
    const seconds = (performance.now() - startMs) / 1_000;
    const cpuAfter = relay.cpuSeconds();
    const arrived = await (logs?.pointsInLogs() ?? sink.settled(sent * copies, QUIET_MS));
    const cpuS = Object.fromEntries(
      Object.keys(cpuAfter).map((name) => [
        name,
        (cpuAfter[name] - cpuBefore[name]) / (lines / 1e6),
      ]),
    );
    progress(JSON.stringify(cpuS));
    return { cpuS, lost: sent * copies - arrived, linesPerSecond: lines / seconds };
  } finally {
    relay.end();
    sink.end();
  }
}

function medians(turns: readonly Measured[]) {
  const names = Object.keys(turns[0].cpuS);
  const of = (value: (turn: Measured) => number): number => rounded(median(turns.map(value)));
  return {
    cpuSPerMillionLines: Object.fromEntries(
      names.map((name) => [name, of((turn) => turn.cpuS[name])]),
    ),
    linesPerSecond: of((turn) => turn.linesPerSecond),
    linesLost: turns.reduce((sum, turn) => sum + turn.lost, 0),
  };
}

/** CPU of all processes, or of all but nats-server. */
function cpuOf(turn: Measured, withNats: boolean): number {
  return Object.entries(turn.cpuS).reduce(
    (sum, [name, cpuS]) => sum + (name === 'nats' && !withNats ? 0 : cpuS),
    0,
  );
}

/** Lines per CPU second of ours in those of a peer's. */
function times(ours: readonly Measured[], peer: readonly Measured[]) {
  const ratio = (withNats: boolean): number =>
    rounded(median(ours.map((turn, i) => cpuOf(peer[i], true) / cpuOf(turn, withNats))));
  return { withoutNats: ratio(false), withNats: ratio(true) };
}

async function compared(folder: string, traffic: Traffic, route: Route) {
  const turns: Record<Side, Measured[]> = {
    crelay: [],
    carbonRelay: [],
    ours: [],
    oursIntoLogs: [],
  };
  for (let turn = 1; turn <= REPEATS; turn++) {
    for (const side of SIDES) {
      progress(`${route.hash}, replication ${route.replicationFactor}: ${side}, turn ${turn}`);
      turns[side].push(await measured(folder, traffic, side, route));
    }
  }
  return {
    ...route,
    ...Object.fromEntries(SIDES.map((side) => [side, medians(turns[side])])),
    timesCrelay: times(turns.ours, turns.crelay),
    timesCarbonRelay: times(turns.ours, turns.carbonRelay),
    timesCrelayIntoLogs: times(turns.oursIntoLogs, turns.crelay),
  };
}

async function run(folder: string): Promise<void> {
  const traffic = await Traffic.compile(folder);
  const rows = [];
  for (const hash of HASHES) {
    for (const replicationFactor of REPLICATION)
      rows.push(await compared(folder, traffic, { hash, replicationFactor }));
  }
  console.log(
    JSON.stringify({ bench: 'relay', lines: LINES, metrics: METRICS, sinks: SINKS, rows }),
  );
}

/** The programs that are missing, as Debian's packages. */
async function missing(): Promise<string[]> {
  const needed: Record<string, string> = {
    'carbon-c-relay': 'carbon-c-relay',
    'carbon-relay': 'graphite-carbon',
    cc: 'gcc libc6-dev',
  };
  const found = await Promise.all(
    Object.keys(needed).map((program) =>
      outputOf('which', [program], 10_000).then(
        () => true,
        () => false,
      ),
    ),
  );
  return Object.values(needed).filter((_, i) => !found[i]);
}

const packages = await missing();
if (packages.length === 0) await withBenchFolder(run);
else {
  progress(`the bench needs: apt-get install ${packages.join(' ')}`);
  process.exitCode = 1;
}
