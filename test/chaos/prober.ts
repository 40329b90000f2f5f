import type { ClusterUnderTest } from '../support/cluster.js';
import { pause } from '../support/steady-load.js';
import type { Model } from './model.js';

const EVERY_MS = 500;
const ANSWER_LIMIT_MS = 5_000;
/** A point is looked at for so long after it was acknowledged, and until it was seen once. */
const WATCHED_S = 60;
const GAP_MIN_MS = 3 * EVERY_MS;

/** A time in which an accepted point could not be read. */
export interface ReadabilityGap {
  metric: string;
  timestamp: number;
  fromMs: number;
  untilMs: number;
}

interface WatchedPoint {
  metric: string;
  timestamp: number;
  value: number;
  acknowledgedMs: number;
  /** When it was readable for the last time; at first, when it was acknowledged. */
  readableMs: number;
  wasSeen: boolean;
}

type Answer = { target: string; datapoints: [number | null, number][] }[];

/** Asks `/render` for some metrics all the time, and notes for how long points were missing in the answers. */
export class Prober {
  probes = 0;
  /** Probes without an answer. */
  failures = 0;
  wrongValues: string[] = [];
  /** Those that are longer than it takes to look again. */
  readonly gaps: ReadabilityGap[] = [];
  readonly #cluster: ClusterUnderTest;
  readonly #model: Model;
  readonly #metrics: ReadonlySet<number>;
  #watched: WatchedPoint[] = [];
  #isStopped = false;
  #running: Promise<void> | undefined;

  /** @param metrics that are acknowledged */
  constructor(cluster: ClusterUnderTest, model: Model, metrics: ReadonlySet<number>) {
    this.#cluster = cluster;
    this.#model = model;
    this.#metrics = metrics;
  }

  acknowledged(cells: readonly number[], nowMs: number): void {
    for (const cell of cells) {
      if (!this.#metrics.has(this.#model.metricOfCell(cell))) continue;
      const times = { acknowledgedMs: nowMs, readableMs: nowMs };
      this.#watched.push({ ...this.#model.point(cell), ...times, wasSeen: false });
    }
  }

  /** Points that have never been seen. */
  get unseen(): string[] {
    return this.#watched
      .filter(({ wasSeen }) => !wasSeen)
      .map(({ metric, timestamp }) => `${metric} ${timestamp}`);
  }

  start(): void {
    this.#running = this.#run();
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Looks once more, when all has to be readable. */
  async finish(): Promise<void> {
    this.stop();
    await this.#running;
    await this.#probe();
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      await this.#probe();
      await pause(EVERY_MS);
    }
  }

  async #probe(): Promise<void> {
    const watched = [...this.#watched];
    if (watched.length === 0) return;
    const askedMs = Date.now();
    const answer = await this.#ask(watched);
    this.probes++;
    if (answer === undefined) {
      this.failures++;
      return;
    }
    for (const point of watched) this.#look(point, answer, askedMs);
    const oldMs = Date.now() - WATCHED_S * 1000;
    this.#watched = this.#watched.filter(
      ({ acknowledgedMs, wasSeen }) => !wasSeen || acknowledgedMs > oldMs,
    );
  }

  #look(point: WatchedPoint, answer: ReadonlyMap<string, number>, askedMs: number): void {
    const value = answer.get(`${point.metric} ${point.timestamp}`);
    if (value === undefined) return;
    if (value !== point.value)
      this.wrongValues.push(`${point.metric} ${point.timestamp}: ${value}, not ${point.value}`);
    if (askedMs > point.readableMs + GAP_MIN_MS) {
      const { metric, timestamp, readableMs } = point;
      this.gaps.push({ metric, timestamp, fromMs: readableMs, untilMs: askedMs });
    }
    point.readableMs = Date.now();
    point.wasSeen = true;
  }

  /** Values by `<metric> <timestamp>`; undefined when there was no answer in time. */
  async #ask(watched: readonly WatchedPoint[]): Promise<Map<string, number> | undefined> {
    const form = new URLSearchParams({ format: 'json', noCache: '1' });
    for (const metric of new Set(watched.map(({ metric }) => metric)))
      form.append('target', metric);
    const from = watched.reduce((least, { timestamp }) => Math.min(least, timestamp), Infinity);
    form.set('from', String(from - 2 * this.#model.stepS));
    try {
      const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
      const options = { method: 'POST', body: form, signal };
      const response = await fetch(this.#cluster.url('/render'), options);
      if (!response.ok) return undefined;
      const values = new Map<string, number>();
      for (const { target, datapoints } of (await response.json()) as Answer)
        for (const [value, timestamp] of datapoints)
          if (value !== null) values.set(`${target} ${timestamp}`, value);
      return values;
    } catch {
      return undefined;
    }
  }
}

export function lengthMs({ fromMs, untilMs }: ReadabilityGap): number {
  return untilMs - fromMs;
}
