import type { Point } from '../support/producers.js';

/** How the points of a metric are sent. A plain line is never acknowledged. */
export const WAYS = ['nats', 'post', 'lines'] as const;
export type Way = (typeof WAYS)[number];

/** Of ten metrics. */
const WAY_OF_DIGIT: readonly Way[] = [
  ...(['lines', 'post', 'post', 'post'] as const),
  ...(['nats', 'nats', 'nats', 'nats', 'nats', 'nats'] as const),
];
/** One metric of so many comes into being while all goes wrong, and needs new files then. */
const LATE_ONE_OF = 8;
const HOST_METRICS = 50;
/** Of the time, in which the last of these begin. */
const LATE_PART = 0.8;

/**
 * All that is sent: one point of each metric in each round. A point has a number, its cell: rounds one after the other,
 * in each of them the metrics, which is the order in which points are sent.
 */
export class Model {
  readonly metrics: number;
  readonly rounds: number;
  readonly stepS: number;
  /** Timestamp of round 0. */
  readonly startS: number;
  /** 1 where the sender was told that the point is safe. */
  readonly acknowledged: Uint8Array;
  readonly #seed: number;

  constructor(options: {
    metrics: number;
    rounds: number;
    stepS: number;
    startS: number;
    seed: number;
  }) {
    this.metrics = options.metrics;
    this.rounds = options.rounds;
    this.stepS = options.stepS;
    this.startS = options.startS;
    this.#seed = options.seed;
    this.acknowledged = new Uint8Array(options.metrics * options.rounds);
  }

  get cells(): number {
    return this.acknowledged.length;
  }

  name(metric: number): string {
    return `chaos.rack${metric % 7}.host${Math.floor(metric / HOST_METRICS)}.m${metric}`;
  }

  /** The metric with this name; undefined for a stranger's, such as what processes report of themselves. */
  metricOf(name: string): number | undefined {
    return name.startsWith('chaos.') ? Number(name.slice(name.lastIndexOf('m') + 1)) : undefined;
  }

  way(metric: number): Way {
    return WAY_OF_DIGIT[metric % WAY_OF_DIGIT.length];
  }

  /** The round of its first point. */
  birth(metric: number): number {
    if (metric % LATE_ONE_OF !== 1) return 0;
    const part = ((metric * 2_654_435_761 + this.#seed) >>> 0) / 2 ** 32;
    return Math.floor(part * LATE_PART * this.rounds);
  }

  cell(metric: number, round: number): number {
    return round * this.metrics + metric;
  }

  metricOfCell(cell: number): number {
    return cell % this.metrics;
  }

  point(cell: number): Point {
    const metric = cell % this.metrics;
    const round = (cell - metric) / this.metrics;
    return {
      metric: this.name(metric),
      timestamp: this.startS + round * this.stepS,
      value: this.value(cell),
    };
  }

  value(cell: number): number {
    return ((cell * 31 + this.#seed) % 1_000_003) / 8;
  }

  /** The cell of a point that was found somewhere; undefined when nobody has sent it. */
  cellOf(metric: number, timestamp: number): number | undefined {
    const round = (timestamp - this.startS) / this.stepS;
    const isKnown = metric < this.metrics && round < this.rounds && round >= this.birth(metric);
    return isKnown && Number.isInteger(round) ? this.cell(metric, round) : undefined;
  }

  /** The points that are sent in part `slice` of `slices` of a round. */
  slice(round: number, slice: number, slices: number): number[] {
    const cells: number[] = [];
    const to = Math.floor(((slice + 1) * this.metrics) / slices);
    for (let metric = Math.floor((slice * this.metrics) / slices); metric < to; metric++)
      if (round >= this.birth(metric)) cells.push(this.cell(metric, round));
    return cells;
  }
}
