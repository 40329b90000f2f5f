import { INGEST_STREAM, mirrorStream } from '../../src/protocols/subjects.js';
import { batchOf, type NamedPoint } from '../support/fake-points.js';
import type { Random } from '../support/random.js';
import type { SimulatedCluster } from './simulated-cluster.js';
import { EPOCH_MS } from './simulated-process.js';
import type { SimulatedTime } from './simulated-time.js';
import { METRICS, OTHER_DATACENTRE, type WorldShape } from './world-shape.js';

const STEP_S = 10;
/** The time of day of senders may be ahead by so much. */
export const AHEAD_MAX_S = 30;

/**
 * Senders of points: by way of relays, of the ingestion stream, and in the other datacentre. No two points have the same
 * value, so that a wrong one tells where it is from.
 */
export class Load {
  /** Values of the points that senders were told are safe. */
  readonly accepted = new Set<number>();
  /** Values of points that go to a relay and nowhere else: no retry may store them twice. */
  readonly once = new Set<number>();
  sent = 0;
  readonly #shape: WorldShape;
  readonly #cluster: SimulatedCluster;
  readonly #time: SimulatedTime;
  readonly #random: Random;
  /** Whether a metric gets points at a time: some do for a while only, so that nothing comes after a fault. */
  readonly #isActive: readonly ((nowMs: number) => boolean)[];
  #isOver = false;

  constructor(shape: WorldShape, cluster: SimulatedCluster, time: SimulatedTime, random: Random) {
    this.#shape = shape;
    this.#cluster = cluster;
    this.#time = time;
    this.#random = random;
    this.#isActive = METRICS.map((_, i) => {
      if (i % 3 === 0) return () => true;
      const fromMs = random.int(0, shape.troubledMs);
      const untilMs = fromMs + random.int(0, 15_000);
      return (nowMs) => nowMs >= fromMs && nowMs < untilMs;
    });
    for (const relay of cluster.relays)
      this.#often(() => {
        const points = this.#points(false);
        const accept = (): void => this.#note(points);
        for (const [, , value] of points) this.once.add(value);
        if (!relay.process.isDead) relay.running.accept(points, accept);
      });
    this.#often(() => this.#ingest());
    if (shape.isMirrored) this.#often(() => this.#mirror());
  }

  stop(): void {
    this.#isOver = true;
  }

  #often(send: () => void): void {
    this.#time.after(this.#random.int(1, this.#shape.pointsEveryMs), () => {
      if (this.#isOver) return;
      send();
      this.#often(send);
    });
  }

  /** A producer of the ingestion stream: lines or a batch, and an acknowledgement at once unless the server is away. */
  #ingest(): void {
    const { nats } = this.#cluster;
    if (nats.isDown || nats.isFull) return;
    const points = this.#points(false);
    const text = points.map(([name, timestamp, value]) => `${name} ${value} ${timestamp}\n`);
    const bytes = this.#random.chance(0.5) ? batchOf(points) : Buffer.from(text.join(''));
    nats.log(INGEST_STREAM)?.append(bytes, `producer:${this.sent}`);
    this.#note(points);
  }

  /** A batch that the other datacentre has accepted has come over the link between the two. */
  #mirror(): void {
    const shard = this.#random.int(0, this.#shape.shardCount - 1);
    const points = this.#points(true).filter(
      ([name]) => this.#cluster.shardMap.shardOfMetric(name) === shard,
    );
    if (points.length === 0 || this.#cluster.nats.isDown) return;
    const log = this.#cluster.nats.log(mirrorStream(shard, OTHER_DATACENTRE));
    log?.append(batchOf(points), `dc2:${this.sent}`);
    this.#note(points);
  }

  #note(points: readonly NamedPoint[]): void {
    for (const [, , value] of points) this.accepted.add(value);
  }

  /**
   * Mostly of now, some late and some early, often for slots that have a point. Where there is a mirror, no slot gets
   * points of both datacentres: which of them is the last is not defined. Nor is it, as in whisper, for timestamps of one
   * slot that differ: together the later one counts, and else what comes last. So each slot has one timestamp.
   */
  #points(isOther: boolean): NamedPoint[] {
    const random = this.#random;
    const nowS = Math.floor((EPOCH_MS + this.#time.nowMs) / 1000);
    const metrics = METRICS.filter((_, i) => this.#isActive[i](this.#time.nowMs));
    return Array.from({ length: random.int(1, 12) }, () => {
      const lateS = random.chance(0.2) ? random.int(0, 900) : random.int(-AHEAD_MAX_S, 30);
      const slot = Math.floor((nowS - lateS) / STEP_S);
      const own = this.#shape.isMirrored ? slot - (slot % 2) + (isOther ? 1 : 0) : slot;
      const timestamp = own * STEP_S + (own % STEP_S);
      return [random.pick(metrics), timestamp, ++this.sent];
    });
  }
}
