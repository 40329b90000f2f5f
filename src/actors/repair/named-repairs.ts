import { errorText } from '../../errors.js';
import { FILES_MAX } from '../../protocols/repair-messages.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { NodeClient } from '../query/node-client.js';
import type { ReplicaRunner } from '../shard/replica-runner.js';
import { Comparison, type Progress } from './comparison.js';
import type { Pace } from './pace.js';
import type { Peers } from './peers.js';

/** Metrics that wait, of all replicas. */
const WAITING_MAX = 1_000;

export interface NamedRepairsParts {
  runners: () => readonly ReplicaRunner[];
  peers: Peers;
  client: NodeClient;
  pace: Pace;
  settleS: number;
  clock: Clock;
  log: Logger;
}

/**
 * Compares single metrics with the peers of their replica, where a read saw that they differ: a bounded queue, in which a
 * metric stands once, and some metrics of one replica at a time. What nobody may touch yet is left as it is, and so is all
 * that the peers do not have either.
 */
export class NamedRepairs {
  readonly counters = {
    /** Metrics that were compared since a read saw a difference. */
    readRepairs: 0,
    readRepairsFailed: 0,
  };
  /** Bytes that came from peers. */
  bytesMoved = 0;
  readonly #parts: NamedRepairsParts;
  readonly #waiting = new Map<number, Set<string>>();
  #waitingCount = 0;
  #isRunning = false;
  readonly #stopped = new AbortController();

  constructor(parts: NamedRepairsParts) {
    this.#parts = parts;
  }

  /** Takes metrics of a shard into the queue as far as there is room. @returns how many of them are in it now */
  want(shard: number, names: readonly string[]): number {
    const waiting = this.#waiting.get(shard) ?? new Set();
    const before = waiting.size;
    let taken = 0;
    for (const name of names) {
      const room = this.#waitingCount + waiting.size - before < WAITING_MAX;
      if (!waiting.has(name) && !room) continue;
      waiting.add(name);
      taken++;
    }
    this.#waitingCount += waiting.size - before;
    if (waiting.size > 0) this.#waiting.set(shard, waiting);
    if (!this.#isRunning) void this.#run();
    return taken;
  }

  stop(): void {
    this.#stopped.abort();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const { shard, names } = next;
      try {
        await this.#compare(shard, names);
        this.counters.readRepairs += names.length;
      } catch (error) {
        if (this.#stopped.signal.aborted) break;
        this.counters.readRepairsFailed += names.length;
        this.#parts.log.warn({ shard, error: errorText(error) }, 'metrics cannot be compared');
      }
    }
    this.#isRunning = false;
  }

  /** Some metrics of the shard whose turn it is; the others of it come after those of other shards. */
  #next(): { shard: number; names: string[] } | undefined {
    const [first] = this.#waiting;
    if (first === undefined || this.#stopped.signal.aborted) return undefined;
    const [shard, waiting] = first;
    const names = [...waiting].slice(0, FILES_MAX);
    for (const name of names) waiting.delete(name);
    this.#waitingCount -= names.length;
    this.#waiting.delete(shard);
    if (waiting.size > 0) this.#waiting.set(shard, waiting);
    return { shard, names };
  }

  async #compare(shard: number, names: readonly string[]): Promise<void> {
    const { runners, peers, client, pace, settleS, clock } = this.#parts;
    const runner = runners().find((one) => one.shard === shard);
    if (runner?.report().state !== 'live') return;
    const { available } = await peers.of(shard, []);
    const progress: Progress = { compared: 0, metrics: 0, bytesMoved: 0, points: 0 };
    for (const { name } of available.filter(({ isCurrent }) => isCurrent)) {
      const comparison = new Comparison({
        shard,
        ask: (request) => client.ask('node', name, request),
        tell: (make) => runner.ask(make),
        gaps: [],
        ...{ settleS, pace, clock, progress },
        changed: () => undefined,
        signal: this.#stopped.signal,
      });
      await comparison.run(names);
    }
    this.bytesMoved += progress.bytesMoved;
  }
}
