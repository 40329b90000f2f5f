import { expect } from 'chai';
import { metricPath } from '../../src/storage/metric-path.js';
import { ClusterUnderTest, eventually, NODES } from '../support/cluster.js';
import { AcknowledgedProducer, LineProducer, type Point } from '../support/producers.js';
import { seeded, seedOf } from '../support/random.js';
import { differences, whisperSlots } from '../support/whisper-slots.js';

const METRICS = Number(process.env.CRASH_METRICS ?? 20_000);
const ROUNDS = Number(process.env.CRASH_ROUNDS ?? 50);
const STEP_S = 10;
/** Points every 100 ms, half of them as lines and half as acknowledged batches while both are sent. */
const SLICE_POINTS = 2_000;
const SLICE_MS = 100;
/** In these rounds all points come from an acknowledged producer, and the relay is killed. */
const RELAY_ROUNDS_FROM = Math.floor(ROUNDS * 0.6);

describe('a cluster whose processes are killed', function () {
  this.timeout(400_000);
  let cluster: ClusterUnderTest;

  before(async function () {
    cluster = await ClusterUnderTest.start(this, {
      retentions: '10s:30m,1m:2h',
      cache: ['WRITE_DELAY = 2'],
    });
  });

  after(() => cluster?.remove());

  it('has every accepted point in the files of all its replicas', async () => {
    const seed = seedOf('CRASH_SEED');
    const load = new Load(cluster, seed);
    const kills = new Kills(cluster, seeded(seed));
    await load.run(kills);
    await cluster.settled(120_000);
    const verdict = await compare(cluster, load);
    console.log(
      `  seed ${seed}: ${load.points} points of ${METRICS} metrics, kills ${JSON.stringify(kills.counts)},` +
        ` ${load.retries} batches repeated by the producer, ${verdict.files} files compared`,
    );
    expect(verdict.problems, `seed ${seed}`).to.deep.equal([]);
    expect(verdict.files).to.equal(METRICS * 2);
  });
});

/** Sends every point of the model once, at a steady rate. */
class Load {
  points = 0;
  retries = 0;
  readonly startS = Math.floor(Date.now() / 1000 / 60) * 60 - ROUNDS * STEP_S;
  readonly #cluster: ClusterUnderTest;
  readonly #seed: number;

  constructor(cluster: ClusterUnderTest, seed: number) {
    this.#cluster = cluster;
    this.#seed = seed;
  }

  metric(i: number): string {
    return `crash.rack${i % 37}.host${i % 1009}.m${i}`;
  }

  point(i: number, round: number): Point {
    const value = ((i * 31 + round * 7919 + this.#seed) % 100_003) / 8;
    return { metric: this.metric(i), timestamp: this.startS + round * STEP_S, value };
  }

  async run(kills: Kills): Promise<void> {
    const lines = await LineProducer.connect(this.#cluster.ports.line);
    const batches = await AcknowledgedProducer.connect(this.#cluster.ports.nats, 'crash-test');
    const slicesOfRound = Math.ceil(METRICS / SLICE_POINTS);
    let dueMs = Date.now();
    for (let round = 0; round < ROUNDS; round++) {
      if (round === RELAY_ROUNDS_FROM) await this.#linesAreIn(lines);
      for (let slice = 0; slice < slicesOfRound; slice++) {
        const points = this.#slice(round, slice * SLICE_POINTS);
        if (round < RELAY_ROUNDS_FROM) {
          const half = points.length / 2;
          await Promise.all([lines.send(points.slice(0, half)), batches.send(points.slice(half))]);
        } else await batches.send(points);
        this.points += points.length;
        kills.next((round * slicesOfRound + slice) / (ROUNDS * slicesOfRound));
        dueMs += SLICE_MS;
        await new Promise((wake) => setTimeout(wake, dueMs - Date.now()));
      }
    }
    this.retries = batches.retries;
    await batches.close();
  }

  #slice(round: number, from: number): Point[] {
    const to = Math.min(METRICS, from + SLICE_POINTS);
    return Array.from({ length: to - from }, (_, i) => this.point(from + i, round));
  }

  /** Plain sockets know no acknowledgement: what the relay has read is safe when its window is empty. */
  async #linesAreIn(lines: LineProducer): Promise<void> {
    await lines.end();
    await eventually(30_000, 'the relay to hand over its lines', async () => {
      const text = await (await fetch(this.#cluster.url('/metrics'))).text();
      const value = (name: string): number =>
        Number(new RegExp(`^${name}\\{[^}]*\\} (\\d+)`, 'm').exec(text)?.[1] ?? Number.NaN);
      return value('carbonbus_connections') === 0 && value('carbonbus_pending_points') === 0;
    });
  }
}

/** Kills a node's child every few seconds, nats-server once, and the relay once in the rounds made for it. */
class Kills {
  readonly counts: Record<string, number> = { nodes: 0, nats: 0, relay: 0 };
  readonly #cluster: ClusterUnderTest;
  readonly #random: () => number;
  readonly #natsAt: number;
  readonly #relayAt: number;
  #nodeAt: number;

  constructor(cluster: ClusterUnderTest, random: () => number) {
    this.#cluster = cluster;
    this.#random = random;
    this.#natsAt = 0.2 + 0.3 * random();
    this.#relayAt = 0.65 + 0.25 * random();
    this.#nodeAt = 0.1 * random();
  }

  /** @param progress of the load, 0 to 1 */
  next(progress: number): void {
    if (progress >= this.#nodeAt) {
      this.#kill('nodes', NODES[Math.floor(this.#random() * NODES.length)]);
      this.#nodeAt = progress + 0.05 + 0.1 * this.#random();
    }
    if (this.counts.nats === 0 && progress >= this.#natsAt) this.#kill('nats', 'nats');
    if (this.counts.relay === 0 && progress >= this.#relayAt) this.#kill('relay', 'relay1');
  }

  #kill(kind: string, name: string): void {
    try {
      this.#cluster.signalChild(name, 'SIGKILL');
      this.counts[kind]++;
    } catch {
      // Its parent has not started it again yet: the next instant will do.
    }
  }
}

/** Reads the files of all replicas and holds them against the model and against each other. */
async function compare(
  cluster: ClusterUnderTest,
  load: Load,
): Promise<{ files: number; problems: string[] }> {
  const problems: string[] = [];
  let files = 0;
  const { nodes, shardCount } = await cluster.view();
  const { shardOfName } = await import('../support/shard-of.js');
  for (let i = 0; i < METRICS && problems.length < 20; i++) {
    const metric = load.metric(i);
    const shard = shardOfName(metric, shardCount);
    const copies = nodes
      .flatMap((node) => node.shards)
      .filter((replica) => replica.shard === shard)
      .map(({ dataFolder }) => whisperSlots(`${dataFolder}/whisper/${metricPath(metric, true)}`));
    files += copies.length;
    for (let round = 0; round < ROUNDS; round++) {
      const { timestamp, value } = load.point(i, round);
      for (const [copy, archives] of copies.entries()) {
        const stored = archives[0].get(timestamp);
        if (stored !== value) {
          problems.push(`${metric} ${timestamp}, copy ${copy}: ${stored} and not ${value}`);
        }
      }
    }
    problems.push(...differences(copies[0], copies[1], 3).map((line) => `${metric}: ${line}`));
  }
  return { files, problems };
}
