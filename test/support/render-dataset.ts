import { CarbonbusError } from '../../src/errors.js';
import type { InfoMessage } from '../../src/protocols/messages.js';
import { overlay, overlayRolledUp } from '../../src/query/merge.js';
import type { Series } from '../../src/query/series.js';
import { GlobRefusal, parseGlob } from '../../src/routing/glob.js';
import { parseTagExpressions, TagRefusal } from '../../src/routing/tag-expression.js';
import { MetricIndex } from '../../src/storage/metric-index.js';
import { TagIndex } from '../../src/storage/tags/tag-index.js';
import { type AggregationMethod, aggregateOf } from '../../src/storage/whisper/aggregation.js';
import { hasVectors, number, readVectors } from './conformance.js';
import { nodesOf } from './found.js';

interface DatasetSeries {
  name: string;
  archives: [secondsPerPoint: number, points: number][];
  aggregationMethod: string;
  segments: { start: number; step: number; values: unknown[] }[];
}

interface Archive {
  stepS: number;
  retentionS: number;
  points: Map<number, number>;
}

interface DatasetEvent {
  when: number;
  tags: string | string[];
}

export type QueuedPoint = readonly [timestamp: number, value: number | null];

/** The store behind the `render` vectors, in memory, with whisper's rules of fetching. */
export class RenderDataset {
  /** Points that are not on disk yet, by metric. */
  queued: Readonly<Record<string, readonly QueuedPoint[]>> = {};
  /** What happened, as it is posted. */
  readonly events: readonly DatasetEvent[] = [];
  readonly #index = new MetricIndex();
  /** The series with tags, by them. */
  readonly tags = new TagIndex();
  readonly #archives = new Map<string, Archive[]>();
  readonly #aggregationMethods = new Map<string, string>();

  constructor() {
    if (!hasVectors('render/dataset.json')) return;
    const rolledUp =
      readVectors<Record<string, { secondsPerPoint: number; data: [number, unknown][] }[]>>(
        'render/archives.json',
      );
    const { series, events } = readVectors<{ series: DatasetSeries[]; events: DatasetEvent[] }>(
      'render/dataset.json',
    );
    this.events = events;
    series.forEach(({ name, archives, aggregationMethod, segments }, id) => {
      this.#index.add(name, id);
      if (name.includes(';')) this.tags.add(name);
      this.#aggregationMethods.set(name, aggregationMethod);
      const known = rolledUp[name];
      const points = archives.map((_, i) => known?.[i].data ?? segments.flatMap(datapoints));
      this.#archives.set(
        name,
        archives.map(([stepS, count], i) => ({
          stepS,
          retentionS: stepS * count,
          points: new Map(points[i].map(([timestamp, value]) => [timestamp, number(value)])),
        })),
      );
    });
  }

  /** The names that match a path, sorted. */
  find(path: string): string[] {
    const leaves = this.nodes(path).filter((node) => node.isLeaf);
    return leaves.map((node) => node.path).sort();
  }

  /** The names for which expressions on tags hold, sorted. */
  findTagged(expressions: readonly string[]): string[] {
    const parsed = parseTagExpressions(expressions);
    if (parsed instanceof TagRefusal) throw new CarbonbusError('BAD_REQUEST', parsed.reason);
    return this.tags.find(parsed, 1000).sort();
  }

  /** The nodes of the tree that match a path. */
  nodes(path: string): { path: string; isLeaf: boolean }[] {
    const glob = parseGlob(path);
    if (glob instanceof GlobRefusal) throw new Error(glob.reason);
    return nodesOf(this.#index.find(glob, 1000));
  }

  /** The events with all of some tags, or all, within a window: each a series of one value. */
  eventSeries(tags: readonly string[] | undefined, fromS: number, untilS: number): Series[] {
    const isWanted = (event: DatasetEvent): boolean => {
      const its = typeof event.tags === 'string' ? event.tags.split(' ') : event.tags;
      const hasTags = tags === undefined || tags.every((tag) => its.includes(tag));
      return hasTags && event.when >= fromS && event.when <= untilS;
    };
    return this.events.filter(isWanted).map(({ when }) => {
      return { name: '', startS: when, endS: when + 1, stepS: 1, values: Float64Array.of(1) };
    });
  }

  /** What stands in the header of a metric's file. */
  info(name: string): InfoMessage | undefined {
    const archives = this.#archives.get(name);
    if (archives === undefined) return undefined;
    return {
      name,
      aggregationMethod: this.#aggregationMethods.get(name)!,
      maxRetention: Math.max(...archives.map(({ retentionS }) => retentionS)),
      xFilesFactor: 0.5,
      archives: archives.map(({ stepS, retentionS }) => ({
        secondsPerPoint: stepS,
        points: retentionS / stepS,
      })),
    };
  }

  #aggregate(name: string, values: readonly number[]): number {
    const method = this.#aggregationMethods.get(name);
    return aggregateOf(method as AggregationMethod, values, values.length);
  }

  fetch(name: string, fromS: number, untilS: number, nowS: number): Series | undefined {
    const archives = this.#archives.get(name) ?? [];
    const oldestS = nowS - Math.max(...archives.map((archive) => archive.retentionS));
    if (fromS > nowS || untilS < oldestS) return undefined;
    const start = Math.max(fromS, oldestS);
    const { stepS, points } = archives.find(({ retentionS }) => retentionS >= nowS - start)!;
    const startS = Math.floor(start / stepS) * stepS + stepS;
    const lastS = Math.floor(Math.min(untilS, nowS) / stepS) * stepS + stepS;
    const endS = lastS === startS ? startS + stepS : lastS;
    const values = Float64Array.from(
      { length: (endS - startS) / stepS },
      (_, i) => points.get(startS + i * stepS) ?? Number.NaN,
    );
    const series = { name, startS, endS, stepS, values };
    this.#overlay(series, this.queued[name] ?? [], archives[0].stepS);
    return series;
  }

  #overlay(series: Series, points: readonly QueuedPoint[], finestStepS: number): void {
    const timestamps = Float64Array.from(points, ([timestamp]) => timestamp);
    const values = Float64Array.from(points, ([, value]) => value ?? Number.NaN);
    if (series.stepS === finestStepS) {
      overlay(series, timestamps, values, points.length);
    } else {
      const aggregate = (some: readonly number[]) => this.#aggregate(series.name, some);
      overlayRolledUp(series, timestamps, values, points.length, finestStepS, aggregate);
    }
  }
}

function datapoints(segment: DatasetSeries['segments'][number]): [number, unknown][] {
  return segment.values.flatMap((value, i): [number, unknown][] =>
    value === null ? [] : [[segment.start + i * segment.step, value]],
  );
}
