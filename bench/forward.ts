/**
 * What a forwarder does for each point, in one process without NATS and sockets: batches of sixteen shards, as a relay folds them,
 * are decoded, routed to four destinations, and written as lines into messages, which nobody takes. Prints one line of JSON: bytes a
 * point in a batch, and CPU nanoseconds a point, of batches that are only decoded, decoded and routed, and forwarded.
 *
 * Four senders take turns, with 900 to 1,800 lines each.
 *
 * BENCH_LINES (1000000) a round; BENCH_METRICS (50000); the best of BENCH_REPEATS (20) rounds counts, since other work only adds
 * to it.
 */
import { Destination } from '../src/actors/destinations/destination.js';
import { FanOut } from '../src/actors/destinations/fan-out.js';
import { Link } from '../src/actors/destinations/link.js';
import { Progress } from '../src/actors/destinations/progress.js';
import type { Dial } from '../src/actors/ports/dial.js';
import { decodeBatch } from '../src/protocols/batch.js';
import { TextKernel } from '../src/protocols/kernel/lines/text-kernel.js';
import { PointBlock } from '../src/protocols/points.js';
import { routeDestinations } from '../src/routing/destinations.js';
import { CRELAY_HASHES, hashText } from '../src/routing/hashes/name-hash.js';
import { destinationsOfBlock, type NameRouter } from '../src/routing/rings/name-router.js';
import { FakeLogger } from '../test/support/fake-logger.js';
import { Random } from '../test/support/random.js';
import { SimulatedClock } from '../test/support/simulated-clock.js';
import { metricName } from './support/bench-metrics.js';
import { count, rounded } from './support/figures.js';
import { sealedBatch } from './support/sealed-batch.js';

const LINES = count('BENCH_LINES', 1_000_000);
const METRICS = count('BENCH_METRICS', 50_000);
const REPEATS = count('BENCH_REPEATS', 20);
const SHARDS = 16;
const BATCH_POINTS = 13_000;
const SENDERS = 4;
const SINKS = [0, 1, 2, 3].map((i) => ({ host: '127.0.0.1', port: 2003 + i, instance: `${i}` }));
const START_S = 1_700_000_000;

const COPIES_MAX = 2;
const NO_RULES = { relay: undefined, aggregation: [], using: { isEmpty: true } } as never;
const clock = new SimulatedClock();

/** Batches as they come from the logs of all shards, from the points of so many metrics. */
function batches(metrics: number): Uint8Array[] {
  const random = new Random(1);
  const names = Array.from({ length: metrics }, (_, i) => metricName(i));
  const shards = names.map((name) => (hashText(CRELAY_HASHES.fnv1a_ch, name) >>> 3) % SHARDS);
  const open: number[][] = Array.from({ length: SHARDS }, () => []);
  const next = Array.from({ length: SENDERS }, (_, sender) => sender);
  const sealed: Uint8Array[] = [];
  for (let lines = 0; lines < LINES; ) {
    const sender = random.int(0, SENDERS - 1);
    for (let left = random.int(900, 1_800); left > 0; left--, lines++) {
      const shard = shards[next[sender] % metrics];
      open[shard].push(next[sender]);
      next[sender] += SENDERS;
      if (open[shard].length === BATCH_POINTS) sealed.push(batchOf(open[shard].splice(0), names));
    }
  }
  return sealed;
}

function batchOf(lines: readonly number[], names: readonly string[]): Uint8Array {
  const metrics = names.length;
  const joined = Buffer.from(lines.map((line) => names[line % metrics]).join('\n'));
  const times = Float64Array.from(lines, (line) => START_S + 10 * Math.floor(line / metrics));
  const values = Float64Array.from(lines, (line) => ((line * 7) % 1_000) + 0.25);
  return sealedBatch(joined, times, values).slice();
}

/** The best round through all batches, in nanoseconds a point. */
function nanoseconds(all: readonly Uint8Array[], take: (batch: Uint8Array) => void): number {
  let bestUs = Number.POSITIVE_INFINITY;
  for (let i = 0; i < REPEATS; i++) {
    const before = process.cpuUsage();
    for (const batch of all) take(batch);
    const { user, system } = process.cpuUsage(before);
    bestUs = Math.min(bestUs, user + system);
  }
  return (bestUs * 1_000) / (all.length * BATCH_POINTS);
}

function routerOf(relayMethod: 'fnv1a_ch' | 'carbon_ch', replicationFactor: number): NameRouter {
  const routing = { relayMethod, replicationFactor, diverseReplicas: false } as const;
  const settings = { ...routing, destinations: SINKS, routerHashType: 'default' } as never;
  return routeDestinations(settings, NO_RULES).router;
}

/** Destinations at which everything arrives at once. */
function destinations(messages: TextKernel['messages']): Destination[] {
  const dial: Dial = (_address, events) => {
    queueMicrotask(() => events.connected());
    return { write: (_bytes, taken) => taken(), end: () => {}, destroy: () => {} };
  };
  return SINKS.map(
    (address, index) =>
      new Destination({
        name: `${address.port}`,
        choice: 'failover',
        progress: new Progress([], { ms: 0, bytes: 0 }),
        queue: { pointsMax: 10_000, pointsLow: 5_000 },
        replayRate: Number.POSITIVE_INFINITY,
        clock,
        events: { reached: () => {}, lost: () => {} },
        makeLinks: (events) => {
          const about = { name: `${address.port}`, address, dial, index, message: messages[index] };
          return [new Link({ ...about, deferMs: 10, clock, log: new FakeLogger(), events })];
        },
      }),
  );
}

async function figures(all: readonly Uint8Array[], router: NameRouter) {
  const block = new PointBlock();
  const chosen = new Uint16Array(BATCH_POINTS * COPIES_MAX);
  const messages = new TextKernel(SINKS.length);
  const fanOut = new FanOut(router, messages);
  const wanted = destinations(messages.messages);
  for (const destination of wanted) destination.start();
  await Promise.resolve();
  return {
    decoded: rounded(nanoseconds(all, (batch) => void decodeBatch(batch, block))),
    routed: rounded(
      nanoseconds(all, (batch) => {
        decodeBatch(batch, block);
        destinationsOfBlock(router, block, 0, block.count, chosen);
      }),
    ),
    forwarded: rounded(nanoseconds(all, (batch) => fanOut.forward(batch, wanted))),
  };
}

const known = batches(METRICS);
const bytes = known.reduce((sum, { length }) => sum + length, 0);
const rows: Record<string, unknown> = {};
for (const hash of ['fnv1a_ch', 'carbon_ch'] as const)
  for (const copies of [1, COPIES_MAX])
    rows[`${hash}, ${copies}`] = await figures(known, routerOf(hash, copies));
console.log(
  JSON.stringify({
    ...{ bench: 'forward', lines: LINES, metrics: METRICS },
    bytes: rounded(bytes / (known.length * BATCH_POINTS)),
    nanoseconds: rows,
  }),
);
