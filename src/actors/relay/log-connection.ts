import type { Cancel } from '../ports/clock.js';
import {
  createLogConnectionMachine,
  type LogConnectionEvent,
  type LogConnectionMachine,
} from './log-connection.machine.js';

/** Whether the server of the logs can be reached, as whoever holds the connection tells it. */
export class LogConnection {
  readonly #machine: LogConnectionMachine = createLogConnectionMachine();
  readonly #changed = new Set<() => void>();

  constructor() {
    this.#machine.subscribe({
      next: () => {
        for (const changed of [...this.#changed]) changed();
      },
      error: () => undefined, // `tell` throws it to whom it concerns
    });
    this.#machine.start();
  }

  get isConnected(): boolean {
    return this.#machine.getSnapshot().matches('connected');
  }

  /** How often the connection was lost. */
  get losses(): number {
    return this.#machine.getSnapshot().context.losses;
  }

  tell(event: LogConnectionEvent): void {
    this.#machine.send(event);
    const snapshot = this.#machine.getSnapshot();
    if (snapshot.status === 'error') throw snapshot.error;
  }

  /** Calls `changed` after each change, until it is cancelled. */
  watch(changed: () => void): Cancel {
    this.#changed.add(changed);
    return () => this.#changed.delete(changed);
  }
}
