import {
  type NodeState,
  type ReplayReport,
  type ReplicaReport,
  replicaLag,
} from '../../protocols/heartbeat.js';
import { type Clock, sleep } from '../ports/clock.js';
import type { ReplicaRunner } from '../shard/replica-runner.js';
import { createNodeMachine, type NodeMachine } from './node.machine.js';
import { ReplayProgress } from './replay-progress.js';

/** Time for the replicas of a stopping node to write what waits; the rest is read from the log again. */
const DRAIN_MS = 3_000;
/** How often a node that leaves looks whether its replicas have written all. */
const LEFT_POLL_MS = 100;

/** Owns the shard replicas of one node, and its state as a whole. */
export class Node {
  runners: readonly ReplicaRunner[] = [];
  /** Rejects when a replica crashes too often: the process as a whole has to start again. */
  readonly failed: Promise<never>;
  readonly #machine: NodeMachine;
  readonly #changed: () => void;
  readonly #clock: Clock;
  readonly #replay = new ReplayProgress();
  #isStopping = false;

  /**
   * @param makeRunners makes the runners; they call `replicaChanged` from then on, and `escalate` when a
   *   replica crashes again and again
   * @param changed told when the state of the node or of a replica has changed
   */
  constructor(
    makeRunners: (
      replicaChanged: () => void,
      escalate: (error: unknown) => void,
    ) => ReplicaRunner[],
    changed: () => void,
    clock: Clock,
  ) {
    this.#clock = clock;
    this.#machine = createNodeMachine();
    this.#machine.start();
    this.#changed = changed;
    let opened = false;
    const replicaChanged = (): void => {
      if (opened) this.#follow();
    };
    this.failed = new Promise((_, reject) => {
      this.runners = makeRunners(replicaChanged, reject);
    });
    opened = true;
    this.#follow();
  }

  get state(): NodeState {
    return this.#machine.getSnapshot().value;
  }

  runner(shard: number): ReplicaRunner | undefined {
    return this.runners.find((runner) => runner.shard === shard);
  }

  reports(): ReplicaReport[] {
    return this.runners.map((runner) => runner.report());
  }

  /** How its replicas that replay get on; undefined while none does. It is measured as often as it is asked for. */
  replay(): ReplayReport | undefined {
    const replaying = this.reports().filter(({ state }) => state === 'replaying');
    const lag = replaying.reduce((sum, report) => sum + replicaLag(report), 0);
    this.#replay.note(replaying.length > 0, lag, this.#clock.monotonicMs());
    return this.#replay.report();
  }

  /** Stops all replicas: reads no more, writes for a bounded time, saves the checkpoints. */
  async drain(): Promise<void> {
    this.#isStopping = true;
    const { state } = this;
    if (state !== 'left' && state !== 'draining') this.#machine.send({ type: 'drain' });
    this.#changed();
    const untilMs = this.#clock.monotonicMs() + DRAIN_MS;
    await Promise.all(this.runners.map((runner) => runner.stop(untilMs)));
    if (this.state !== 'left') this.#machine.send({ type: 'drained' });
    this.#changed();
  }

  /** Reads the logs no more, writes all that waits, and stays up for those who ask. */
  async leave(): Promise<void> {
    this.#machine.send({ type: 'drain' });
    this.#changed();
    const untilMs = this.#clock.monotonicMs() + DRAIN_MS;
    await Promise.all(this.runners.map((runner) => runner.rest(untilMs)));
    while (!this.#isStopping && !this.#hasWrittenAll) await sleep(this.#clock, LEFT_POLL_MS);
    if (this.#isStopping) return;
    this.#machine.send({ type: 'drained' });
    this.#changed();
  }

  /** Reads on after `leave`, from the checkpoints. */
  rejoin(): void {
    this.#machine.send({ type: 'rejoin' });
    for (const runner of this.runners) runner.wake();
    this.#follow();
  }

  get #hasWrittenAll(): boolean {
    return this.runners.every((runner) => runner.isResting && runner.report().queuePoints === 0);
  }

  /** Moves the node's state after its replicas'. A degraded replica does not keep the node from serving. */
  #follow(): void {
    if (this.state === 'left') return;
    const states = this.runners.map((runner) => runner.report().state);
    const opening = states.some((state) => state === 'closed' || state === 'recovering');
    if (this.state === 'joining' && !opening) this.#machine.send({ type: 'recovered' });
    if (this.state === 'replaying' || this.state === 'live') {
      const behind = states.some((state) => state !== 'live' && state !== 'degraded');
      this.#machine.send({ type: behind ? 'fellBehind' : 'caughtUp' });
    }
    this.#changed();
  }
}
