/**
 * What a relay does for each point, in one process without NATS and sockets: lines of four senders, as a socket reads them, are
 * decoded, find their shards and gather in folded batches, which a log takes at once. Prints one line of JSON: CPU nanoseconds a
 * point, by ROUTER_HASH_TYPE. To put what comes into the room for reading is in it, in place of the system's copy.
 *
 * BENCH_LINES (1000000) a round; BENCH_METRICS (50000); BENCH_SHARDS (16); BENCH_READ_BYTES (131072) at a time; the best of
 * BENCH_REPEATS (20) rounds counts, since other work only adds to it.
 */
import { RejectionLog } from '../src/actors/receiver/rejection-log.js';
import { StreamReceiver } from '../src/actors/receiver/stream-receiver.js';
import { Relay } from '../src/actors/relay/relay.js';
import { LineStream } from '../src/protocols/line.js';
import { JoinBuffer, roomWithHeadroom } from '../src/protocols/line-join.js';
import { type ShardHashType, shardHash } from '../src/routing/shard-hash.js';
import { FakeLogger } from '../test/support/fake-logger.js';
import { SimulatedClock } from '../test/support/simulated-clock.js';
import { testPipeline } from '../test/support/test-pipeline.js';
import { metricName } from './support/bench-metrics.js';
import { count, rounded } from './support/figures.js';

const LINES = count('BENCH_LINES', 1_000_000);
const METRICS = count('BENCH_METRICS', 50_000);
const SHARDS = count('BENCH_SHARDS', 16);
const READ_BYTES = count('BENCH_READ_BYTES', 128 * 1024);
const REPEATS = count('BENCH_REPEATS', 20);
const SENDERS = 4;
const START_S = 1_700_000_000;
const HASHES = ['jump_fnv1a_ch', 'carbon_ch'] as const satisfies readonly ShardHashType[];

const logger = new FakeLogger();
const clock = new SimulatedClock();

/** What a sender says: every `SENDERS`th line. */
function saidBy(sender: number): Buffer {
  const lines: string[] = [];
  for (let line = sender; line < LINES; line += SENDERS) {
    const time = START_S + 10 * Math.floor(line / METRICS);
    lines.push(`${metricName(line % METRICS)} ${(line * 7) % 1_000}.25 ${time}\n`);
  }
  return Buffer.from(lines.join(''));
}

function relayOf(hash: ShardHashType): { relay: Relay; receiver: StreamReceiver } {
  const rejections = new RejectionLog(logger, clock);
  let sequence = 0;
  const relay = new Relay({
    shardHash: shardHash(hash, SHARDS),
    pipeline: testPipeline(rejections),
    idPrefix: 'bench:1',
    batchBytes: 896 * 1024,
    windowBytes: 64 * 1024 * 1024,
    flushIntervalMs: 100,
    log: { publish: async () => ({ type: 'stored', sequence: ++sequence }) },
    clock,
    logger,
    rejections,
  });
  const receiver = new StreamReceiver({
    accept: (block, source) => relay.accept(block, undefined, source),
    window: relay.window,
    rejections,
    clock,
    log: logger,
    connectionsMax: SENDERS,
    idleTimeoutMs: 0,
    flushIntervalMs: 100,
    flowControl: true,
  });
  return { relay, receiver };
}

/** The best round in which all senders say everything, in nanoseconds a point. */
async function nanoseconds(said: readonly Buffer[], hash: ShardHashType): Promise<number> {
  const { relay, receiver } = relayOf(hash);
  const peer = { address: 'bench', pause: () => {}, resume: () => {}, close: () => {} };
  const join = new JoinBuffer();
  const inputs = said.map(() => receiver.connected(peer, new LineStream(join)));
  const room = roomWithHeadroom(READ_BYTES);
  const longest = Math.max(...said.map(({ length }) => length));
  let bestUs = Number.POSITIVE_INFINITY;
  for (let i = 0; i < REPEATS; i++) {
    const before = process.cpuUsage();
    for (let from = 0; from < longest; from += READ_BYTES) {
      for (const [sender, bytes] of said.entries()) {
        const read = bytes.subarray(from, from + READ_BYTES);
        room.set(read);
        inputs[sender]?.data(room.subarray(0, read.length));
      }
      // What the log has taken is counted, and its rooms are given back.
      await Promise.resolve();
    }
    const { user, system } = process.cpuUsage(before);
    bestUs = Math.min(bestUs, user + system);
  }
  await relay.drain();
  if (relay.counters.pointsStored !== REPEATS * LINES) throw new Error('points are missing');
  return (bestUs * 1_000) / LINES;
}

const said = Array.from({ length: SENDERS }, (_, sender) => saidBy(sender));
const rows: Record<string, number> = {};
for (const hash of HASHES) rows[hash] = rounded(await nanoseconds(said, hash));
console.log(
  JSON.stringify({
    bench: 'gather',
    lines: LINES,
    metrics: METRICS,
    shards: SHARDS,
    nanoseconds: rows,
  }),
);
