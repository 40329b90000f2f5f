import type { NodeState, ReplicaReport } from '../../protocols/messages.js';
import type { ReplicaRunner } from '../shard/replica-runner.js';
import { createNodeMachine, type NodeMachine } from './node.machine.js';

/** Time for the replicas of a stopping node to write what waits; the rest is read from the log again. */
const DRAIN_MS = 3_000;

/** Owns the shard replicas of one node, and its state as a whole. */
export class Node {
  runners: readonly ReplicaRunner[] = [];
  /** Rejects when a replica crashes too often: the process as a whole has to start again. */
  readonly failed: Promise<never>;
  readonly #machine: NodeMachine;
  readonly #changed: () => void;

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
  ) {
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

  /** Stops all replicas: reads no more, writes for a bounded time, saves the checkpoints. */
  async drain(monotonicMs: number): Promise<void> {
    this.#machine.send({ type: 'drain' });
    this.#changed();
    await Promise.all(this.runners.map((runner) => runner.stop(monotonicMs + DRAIN_MS)));
    this.#machine.send({ type: 'drained' });
    this.#changed();
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
