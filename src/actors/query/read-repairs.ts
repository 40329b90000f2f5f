import { errorText } from '../../errors.js';
import { FILES_MAX } from '../../protocols/repair-messages.js';
import { differingReplicas } from '../../query/replica-differences.js';
import type { Series } from '../../query/series.js';
import type { Membership } from '../membership/membership.js';
import type { Cancel, Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { NodeClient } from './node-client.js';

/** Metrics that wait to be repaired, of all nodes. */
const WAITING_MAX = 10_000;
/** Metrics whose repair was asked for, and is not asked for again for some time: not every difference can be mended. */
const ASKED_MAX = 50_000;
const ASKED_AGAIN_MS = 600_000;
const SEND_INTERVAL_MS = 1_000;
/** Of so many reads one asks all replicas, although the first one may have everything. */
const READS_PER_COMPARISON = 16;
/** The same of reads of which nodes make one series each: to compare all that these are made of costs many times as much. */
const FOLDS_PER_COMPARISON = 256;

/** A replica, and its metrics that wait. */
interface Waiting {
  node: string;
  shard: number;
  names: Set<string>;
}

/**
 * What reads have found to differ between replicas, until the nodes concerned are asked to compare it with their peers: a
 * bounded queue in which a metric stands once, of which a node is told so many a second.
 */
export class ReadRepairs {
  readonly counters = {
    /** Series that a replica lacked points of, or had others of. */
    readDifferences: 0,
    readRepairsAsked: 0,
    /** Not asked for, as too many wait. */
    readRepairsDropped: 0,
    /** Asked for in vain. */
    readRepairsFailed: 0,
  };
  readonly #client: NodeClient;
  readonly #membership: Membership;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #settleS: number;
  readonly #waiting = new Map<string, Waiting>();
  #waitingCount = 0;
  #reads = 0;
  #folds = 0;
  /** When, by node and name; the oldest first. */
  readonly #askedAtMs = new Map<string, number>();
  readonly #cancel: Cancel;

  /** @param options.settleS how old points are that have arrived in every replica */
  constructor(options: {
    client: NodeClient;
    membership: Membership;
    clock: Clock;
    log: Logger;
    settleS: number;
  }) {
    this.#client = options.client;
    this.#membership = options.membership;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#settleS = options.settleS;
    this.#cancel = this.#clock.every(SEND_INTERVAL_MS, () => this.#send());
  }

  /**
   * Whether the next read has to ask all replicas.
   *
   * @param mayFold nodes would make one series each of what they have
   */
  comparesNext(mayFold: boolean): boolean {
    return mayFold
      ? this.#folds++ % FOLDS_PER_COMPARISON === 0
      : this.#reads++ % READS_PER_COMPARISON === 0;
  }

  /**
   * Looks whether the replicas that have answered for a metric say the same of it, as far as it must have arrived in all of
   * them. One that replays comes to what it lacks by itself.
   *
   * @param told by node; undefined where it has no such metric
   */
  compare(
    name: string,
    shard: number,
    told: readonly { node: string; series: Series | undefined }[],
  ): void {
    const settledS = Math.floor(this.#clock.nowMs() / 1000) - this.#settleS;
    const series = told.map((one) => one.series);
    for (const differing of differingReplicas(series, settledS)) {
      const { node } = told[differing];
      if (this.#isLive(node, shard)) this.#note(node, shard, name);
    }
  }

  #note(node: string, shard: number, name: string): void {
    this.counters.readDifferences++;
    const key = `${node} ${name}`;
    const askedAtMs = this.#askedAtMs.get(key);
    const nowMs = this.#clock.monotonicMs();
    if (askedAtMs !== undefined && nowMs - askedAtMs < ASKED_AGAIN_MS) return;
    if (this.#waitingCount >= WAITING_MAX) {
      this.counters.readRepairsDropped++;
      return;
    }
    this.#enter(node, shard, name);
    this.#askedAtMs.delete(key);
    this.#askedAtMs.set(key, nowMs);
    const [oldest] = this.#askedAtMs.keys();
    if (this.#askedAtMs.size > ASKED_MAX) this.#askedAtMs.delete(oldest);
  }

  stop(): void {
    this.#cancel();
  }

  #isLive(node: string, shard: number): boolean {
    const member = this.#membership.member('node', node);
    return member?.last?.shards.find((one) => one.shard === shard)?.state === 'live';
  }

  #enter(node: string, shard: number, name: string): void {
    const key = `${node} ${shard}`;
    const waiting = this.#waiting.get(key) ?? { node, shard, names: new Set() };
    this.#waiting.set(key, waiting);
    if (!waiting.names.has(name)) this.#waitingCount++;
    waiting.names.add(name);
  }

  /** One request to each node, about the replica that waits longest. */
  #send(): void {
    const told = new Set<string>();
    for (const [key, { node, shard, names }] of [...this.#waiting]) {
      if (told.has(node)) continue;
      told.add(node);
      this.#waiting.delete(key);
      const some = [...names].slice(0, FILES_MAX);
      for (const name of some) names.delete(name);
      if (names.size > 0) this.#waiting.set(key, { node, shard, names });
      this.#waitingCount -= some.length;
      void this.#ask(node, shard, some);
    }
  }

  async #ask(node: string, shard: number, names: string[]): Promise<void> {
    try {
      const { taken } = await this.#client.ask('node', node, { type: 'compare', shard, names });
      this.counters.readRepairsAsked += taken;
      this.counters.readRepairsDropped += names.length - taken;
    } catch (error) {
      this.counters.readRepairsFailed += names.length;
      // The next read that sees the difference asks again.
      for (const name of names) this.#askedAtMs.delete(`${node} ${name}`);
      this.#log.warn({ node, shard, error: errorText(error) }, 'a repair cannot be asked for');
    }
  }
}
