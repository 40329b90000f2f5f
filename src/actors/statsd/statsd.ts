import { isUnusualName } from '../../protocols/line-odd.js';
import { PointBlock } from '../../protocols/points.js';
import type { SampleSink } from '../../protocols/statsd.js';
import { decodeSamples } from '../../protocols/statsd-stream.js';
import type { Cancel, Clock } from '../ports/clock.js';
import type { RejectionLog, Sender } from '../receiver/rejection-log.js';
import { Samples } from './samples.js';

/** Values of timers and members of sets in one interval. */
const VALUES_MAX = 1_000_000;
/** Points that are handed over at a time. */
const POINTS_PER_BLOCK = 1_024;

/**
 * Statsd: gathers samples by name and hands over one point for each figure at every flush, under the names of statsd's
 * namespace without legacy (`stats.counters.<name>.count`, `stats.timers.<name>.upper_90`, ...).
 */
export class Statsd {
  readonly counters = { statsdNames: 0, statsdFlushes: 0 };
  readonly #accept: (block: PointBlock) => void;
  readonly #rejections: RejectionLog;
  readonly #clock: Clock;
  readonly #prefix: string;
  readonly #percentiles: readonly number[];
  readonly #quietFlushesMax: number;
  readonly #samples: Samples;
  readonly #cancel: Cancel;
  #flushedAtMs: number;

  constructor(options: {
    accept: (block: PointBlock) => void;
    rejections: RejectionLog;
    clock: Clock;
    prefix: string;
    flushIntervalMs: number;
    percentiles: readonly number[];
    namesMax: number;
    /** A name that got no sample for so long is forgotten. */
    idleMs: number;
  }) {
    this.#accept = options.accept;
    this.#rejections = options.rejections;
    this.#clock = options.clock;
    this.#prefix = options.prefix;
    this.#percentiles = options.percentiles;
    this.#quietFlushesMax = Math.max(1, Math.ceil(options.idleMs / options.flushIntervalMs));
    const limits = { namesMax: options.namesMax, valuesMax: VALUES_MAX };
    this.#samples = new Samples(limits, (reason, name) => {
      const bytes = Buffer.from(name);
      this.#rejections.reject(reason, bytes, 0, bytes.length);
    });
    this.#flushedAtMs = options.clock.monotonicMs();
    this.#cancel = options.clock.every(options.flushIntervalMs, () => this.flush());
  }

  /** For the decoders of connections. */
  get sink(): SampleSink {
    return this.#samples;
  }

  datagram(bytes: Uint8Array, sender: Sender): void {
    this.#rejections.sender = sender;
    decodeSamples(bytes, this.#samples, this.#rejections);
    this.#rejections.sender = undefined;
  }

  /** Hands over what has gathered since the last flush. */
  flush(): void {
    const nowMs = this.#clock.monotonicMs();
    const intervalS = Math.max(nowMs - this.#flushedAtMs, 1) / 1000;
    this.#flushedAtMs = nowMs;
    const points: [name: string, value: number][] = [];
    this.#samples.flush(intervalS, this.#percentiles, this.#quietFlushesMax, (name, value) => {
      points.push([`${this.#prefix}.${name}`, value]);
      if (points.length === POINTS_PER_BLOCK) this.#handOver(points.splice(0));
    });
    this.#handOver(points);
    this.counters.statsdFlushes++;
    this.counters.statsdNames = this.#samples.names;
  }

  /** Hands over what is left; takes nothing more. */
  stop(): void {
    this.#cancel();
    this.flush();
  }

  #handOver(points: readonly [name: string, value: number][]): void {
    const nowS = Math.floor(this.#clock.nowMs() / 1000);
    const names = points.map(([name]) => Buffer.from(name));
    const block = new PointBlock();
    block.clear(Buffer.concat(names));
    let at = 0;
    for (const [i, name] of names.entries()) {
      const unusual = isUnusualName(name, 0, name.length) ? 1 : 0;
      block.append(at, at + name.length, nowS, points[i][1], unusual);
      at += name.length;
    }
    this.#accept(block);
  }
}
