import { errorText } from '../../errors.js';
import { isSameExtent, leftOf } from '../../protocols/gaps.js';
import type { Gap, RepairReport } from '../../protocols/repair-messages.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { NodeClient } from '../query/node-client.js';
import type { RepairOutcome } from '../shard/replica-gaps.js';
import type { ReplicaRunner } from '../shard/replica-runner.js';
import { Comparison, type Progress } from './comparison.js';
import type { Pace } from './pace.js';
import type { Peer, Peers, PeersOfShard } from './peers.js';
import { createRepairMachine, type RepairMachine } from './repair.machine.js';

export interface ShardRepairParts {
  runner: ReplicaRunner;
  peers: Peers;
  client: NodeClient;
  pace: Pace;
  settleS: number;
  clock: Clock;
  log: Logger;
}

const NOTHING: Readonly<Progress> = { compared: 0, metrics: 0, bytesMoved: 0, points: 0 };

/** Compares one replica with its peers when that is due, and says what became of its gaps. */
export class ShardRepair {
  /** Bytes that came from peers, over all runs. */
  bytesMoved = 0;
  runs = 0;
  readonly #parts: ShardRepairParts;
  readonly #machine: RepairMachine;
  readonly #stopped = new AbortController();
  #progress: Progress = { ...NOTHING };
  #peer = '';
  #peerSinceMs = 0;
  #reason = '';
  /** When a gap was first on the list, monotonic. */
  readonly #seenMs = new WeakMap<Gap, number>();
  /** Whether the next comparison is of all metrics, also where only some have a gap. */
  #wantsAll = false;
  /** When the next comparison without a gap is due, monotonic. */
  #nextMs: number;

  constructor(parts: ShardRepairParts, nextMs: number) {
    this.#parts = parts;
    this.#nextMs = nextMs;
    this.#machine = createRepairMachine(parts.runner.shard, parts.clock);
    this.#machine.start();
  }

  get shard(): number {
    return this.#parts.runner.shard;
  }

  report(): RepairReport {
    const state = this.#machine.getSnapshot().value;
    const { compared, metrics, bytesMoved, points } = this.#progress;
    const rest = { compared, metrics, bytesMoved, points, reason: this.#reason };
    const secondsLeft = this.#secondsLeft();
    return { shard: this.shard, state, peer: this.#peer, ...rest, secondsLeft };
  }

  /** Until all metrics of the peer are compared, if they take as long as those that were. */
  #secondsLeft(): number | null {
    const { compared, metrics } = this.#progress;
    if (this.#peer === '' || compared === 0) return null;
    const soFarMs = this.#parts.clock.monotonicMs() - this.#peerSinceMs;
    return Math.round((soFarMs / 1_000 / compared) * Math.max(0, metrics - compared));
  }

  /** Asks for a comparison of all metrics as soon as it is this shard's turn. */
  want(): void {
    this.#wantsAll = true;
    this.#machine.send({ type: 'due' });
  }

  /** Looks whether a comparison is due. @param intervalMs between two of them; 0 for none but of gaps */
  look(intervalMs: number): boolean {
    const isIdle = this.#machine.getSnapshot().matches('idle');
    const isTime = intervalMs > 0 && this.#parts.clock.monotonicMs() >= this.#nextMs;
    if (isIdle && isTime) this.want();
    else if (isIdle && this.#settledGaps().some(isOpen)) this.#machine.send({ type: 'due' });
    return this.#machine.getSnapshot().matches('due') && this.#isLive;
  }

  /** One comparison with all peers that are wanted for it. Never rejects. */
  async run(intervalMs: number): Promise<void> {
    const { runner, clock, log } = this.#parts;
    this.#nextMs = clock.monotonicMs() + intervalMs;
    this.#progress = { ...NOTHING };
    this.#reason = '';
    this.runs++;
    let outcome: RepairOutcome;
    try {
      outcome = await this.#compare();
    } catch (error) {
      outcome = { type: 'failed', reason: errorText(error) };
    }
    this.#peer = '';
    this.bytesMoved += this.#progress.bytesMoved;
    if (this.#stopped.signal.aborted) return;
    this.#reason = outcome.type === 'failed' ? outcome.reason : (outcome.left[0]?.reason ?? '');
    const isDone = outcome.type === 'compared' && !outcome.left.some(isOpen);
    if (isDone) this.#wantsAll = false;
    this.#machine.send({ type: isDone ? 'finished' : 'failed' });
    runner.tell({ type: 'repairEnded', outcome });
    const left = outcome.type === 'compared' ? outcome.left.length : undefined;
    const said = { shard: this.shard, left, reason: this.#reason, ...this.#progress };
    log.info(said, 'compared with peers');
  }

  stop(): void {
    this.#stopped.abort();
    this.#machine.stop();
  }

  async #compare(): Promise<RepairOutcome> {
    const gaps = this.#settledGaps();
    const peers = await this.#parts.peers.of(this.shard, gaps);
    const chosen = chosenPeers(peers, gaps);
    const away = `${listed(peers.away)} cannot be asked`;
    if (gaps.length > 0) this.#parts.runner.tell({ type: 'repairBegan', gaps });
    if (chosen.length === 0 && peers.away.length > 0) return { type: 'failed', reason: away };
    if (chosen.length > 0) this.#machine.send({ type: 'begin' });
    for (const peer of chosen) await this.#compareWith(peer, gaps);
    const lacking = chosen.map(({ lacks }) => lacks);
    const left = gaps.flatMap((gap) => leftOf(gap, lacking));
    if (peers.away.length > 0) {
      return { type: 'compared', left: withState(left, 'open', away) };
    }
    const reason =
      chosen.length === 0
        ? 'no other node keeps this shard'
        : `${listed(chosen.map(({ name }) => name))} ${chosen.length === 1 ? 'lacks' : 'lack'} it as well`;
    return { type: 'compared', left: withState(left, 'irreparable', reason) };
  }

  async #compareWith({ name, lacks, isCurrent }: Peer, gaps: readonly Gap[]): Promise<void> {
    const { client, runner, pace, settleS, clock } = this.#parts;
    this.#peer = name;
    this.#peerSinceMs = clock.monotonicMs();
    this.#progress.compared = 0;
    const comparison = new Comparison({
      shard: this.shard,
      ask: (request) => client.ask('node', name, request),
      tell: (make) => runner.ask(make),
      gaps: isCurrent ? gaps.filter((gap) => leftOf(gap, [lacks]).length === 0) : [],
      ...{ settleS, pace, clock },
      progress: this.#progress,
      changed: (type) => this.#machine.send({ type }),
      signal: this.#stopped.signal,
    });
    await comparison.run(this.#wantsAll ? undefined : metricsOnly(gaps));
  }

  get #isLive(): boolean {
    return this.#parts.runner.report().state === 'live';
  }

  /** Those whose points have arrived everywhere, or will not. One that a clock noted that was put back since may end in the future. */
  #settledGaps(): Gap[] {
    const { runner, clock, settleS } = this.#parts;
    const untilS = Math.floor(clock.nowMs() / 1000) - settleS;
    const sinceMs = clock.monotonicMs() - settleS * 1000;
    return runner.replica.gaps.all.filter((gap) => {
      const seenMs = this.#seenMs.get(gap) ?? clock.monotonicMs();
      this.#seenMs.set(gap, seenMs);
      return gap.untilS <= untilS || seenMs <= sinceMs;
    });
  }
}

/**
 * One that has all we lack is enough, else all that have a part of it. Where nobody is away the others are asked as well:
 * a gap is an estimate, and they may have some of its points. Without gaps each may have something that we lack.
 */
function chosenPeers({ available, away }: PeersOfShard, gaps: readonly Gap[]): Peer[] {
  if (gaps.length === 0) return available.filter(({ isCurrent }) => isCurrent);
  const left = (gap: Gap, { lacks }: Peer): Gap[] => leftOf(gap, [lacks]);
  const complete = available.find((peer) => gaps.every((gap) => left(gap, peer).length === 0));
  if (complete !== undefined) return [complete];
  if (away.length === 0) return available;
  return available.filter((peer) =>
    gaps.some((gap) => !left(gap, peer).some((piece) => isSameExtent(piece, gap))),
  );
}

/** The metrics that are concerned; undefined for all. */
function metricsOnly(gaps: readonly Gap[]): string[] | undefined {
  if (gaps.length === 0 || gaps.some(({ metric }) => metric === '')) return undefined;
  return [...new Set(gaps.map(({ metric }) => metric))];
}

function withState(gaps: readonly Gap[], state: Gap['state'], reason: string): Gap[] {
  return gaps.map((gap) => ({ ...gap, state, reason }));
}

/** `a, b and c`. */
function listed(given: readonly string[]): string {
  const names = [...given].sort();
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function isOpen({ state }: Gap): boolean {
  return state === 'open';
}
