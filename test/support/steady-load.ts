import { metricPath } from '../../src/storage/metric-path.js';
import type { ClusterUnderTest } from './cluster.js';
import { AcknowledgedProducer, type Point } from './producers.js';
import { shardOfName } from './shard-of.js';
import { whisperSlots } from './whisper-slots.js';

const ROUND_MS = 200;
/** As many as fit on a screen. */
const PROBLEMS_MAX = 20;

/** An acknowledged producer that sends every point twice: the second time with the value that has to stay. */
export class SteadyLoad {
  points = 0;
  /** The longest time between two acknowledgements. */
  longestPauseMs = 0;
  readonly startS = Math.floor(Date.now() / 1000) - 1800;
  readonly #producer: AcknowledgedProducer;
  readonly #name: string;
  readonly #metrics: number;
  #rounds = 0;
  #isStopped = false;
  #running: Promise<void> | undefined;

  private constructor(producer: AcknowledgedProducer, name: string, metrics: number) {
    this.#producer = producer;
    this.#name = name;
    this.#metrics = metrics;
  }

  /** @param name also the first part of its metrics */
  static async start(
    cluster: ClusterUnderTest,
    name: string,
    metrics: number,
  ): Promise<SteadyLoad> {
    const producer = await AcknowledgedProducer.connect(
      cluster.ports.nats,
      `load-${name}`,
      cluster.host,
    );
    const load = new SteadyLoad(producer, name, metrics);
    load.#running = load.#run();
    return load;
  }

  get retries(): number {
    return this.#producer.retries;
  }

  /** Every metric with its acknowledged values. */
  *model(): Generator<{ metric: string; values: Map<number, number> }> {
    for (let i = 0; i < this.#metrics; i++) {
      const values = new Map<number, number>();
      for (let round = 0; round < this.#rounds; round++) {
        const { timestamp, value } = this.#point(i, round);
        values.set(timestamp, value);
      }
      yield { metric: this.#point(i, 0).metric, values };
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
    await this.#producer.close();
  }

  #point(i: number, round: number): Point {
    const value = ((i * 31 + round * 7919) % 100_003) / 8;
    return { metric: `${this.#name}.host${i}`, timestamp: this.startS + round, value };
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const points = Array.from({ length: this.#metrics }, (_, i) => this.#point(i, this.#rounds));
      const fromMs = Date.now();
      await this.#producer.send(points.map((point) => ({ ...point, value: -1 })));
      await this.#producer.send(points);
      this.longestPauseMs = Math.max(this.longestPauseMs, Date.now() - fromMs);
      this.#rounds++;
      this.points += 2 * this.#metrics;
      await pause(ROUND_MS);
    }
  }
}

/** What the files of a cluster lack of what was acknowledged. */
export async function missingPoints(
  cluster: ClusterUnderTest,
  loads: readonly SteadyLoad[],
  copiesOfEach = 2,
): Promise<string[]> {
  const problems: string[] = [];
  const { nodes, shardCount } = await cluster.view();
  const replicas = nodes.flatMap(({ shards }) => shards);
  for (const { metric, values } of loads.flatMap((load) => [...load.model()])) {
    const shard = shardOfName(metric, shardCount);
    const copies = replicas.filter((replica) => replica.shard === shard);
    if (copies.length !== copiesOfEach) problems.push(`${metric}: ${copies.length} copies`);
    for (const { dataFolder } of copies) {
      const [finest] = whisperSlots(`${dataFolder}/whisper/${metricPath(metric, true)}`);
      for (const [timestamp, value] of values) {
        const stored = finest.get(timestamp);
        if (stored !== value && problems.length < PROBLEMS_MAX)
          problems.push(`${dataFolder} ${metric} ${timestamp}: ${stored} and not ${value}`);
      }
    }
  }
  return problems;
}

export function pause(ms: number): Promise<void> {
  return new Promise((wake) => setTimeout(wake, ms));
}
