import type { ReplicaState } from '../../protocols/heartbeat.js';
import { createReplicaMachine, type ReplicaEvent, type ReplicaMachine } from './replica.machine.js';

/** The machine of one replica. An event that it does not expect is a bug: it is thrown, and only this replica crashes. */
export class ReplicaLife {
  readonly #machine: ReplicaMachine;

  /** @param changed told after each change of state */
  constructor(shard: number, changed: () => void) {
    this.#machine = createReplicaMachine(shard);
    this.#machine.subscribe({
      next: changed,
      error: () => undefined, // `tell` throws it to whom it concerns: the supervisor of this replica
    });
  }

  start(): void {
    this.#machine.start();
  }

  get state(): ReplicaState {
    return this.#machine.getSnapshot().value;
  }

  tell(event: ReplicaEvent): void {
    this.#machine.send(event);
    const snapshot = this.#machine.getSnapshot();
    if (snapshot.status === 'error') throw snapshot.error;
  }
}
