import type { Address, Dial, DialEvents } from '../../src/actors/ports/dial.js';

/** A carbon daemon that speaks lines, as the edge would connect to it. */
export class FakeDaemon {
  /** Dialled connections, whatever became of them. */
  dials = 0;
  /** `answers`: it takes a connection at once; `refuses`: there is none; `silent`: nothing happens. */
  manner: 'answers' | 'refuses' | 'silent' = 'answers';
  /** While true, the system takes no bytes. */
  isStuck = false;
  readonly lines: string[] = [];
  #events: DialEvents | undefined;
  readonly #held: Array<() => void> = [];

  dialled(events: DialEvents): void {
    this.dials++;
    queueMicrotask(() => {
      if (this.manner === 'refuses') events.closed('refused');
      if (this.manner !== 'answers') return;
      this.#events = events;
      events.connected();
    });
  }

  take(bytes: Uint8Array, taken: () => void): void {
    const text = Buffer.from(bytes).toString();
    const take = (): void => {
      this.lines.push(...text.split('\n').slice(0, -1));
      taken();
    };
    if (this.isStuck) this.#held.push(take);
    else queueMicrotask(take);
  }

  unstick(): void {
    this.isStuck = false;
    for (const take of this.#held.splice(0)) take();
  }

  /** Dies with what the system had not taken; the next one answers, or does not. */
  die(manner: FakeDaemon['manner']): void {
    this.manner = manner;
    this.#held.length = 0;
    this.#events?.closed('died');
    this.#events = undefined;
  }
}

/** Daemons by port. */
export function fakeDaemons(...ports: number[]): { dial: Dial; daemons: FakeDaemon[] } {
  const daemons = ports.map(() => new FakeDaemon());
  const dial: Dial = ({ port }: Address, events) => {
    const daemon = daemons[ports.indexOf(port)];
    daemon.dialled(events);
    return {
      write: (bytes, taken) => daemon.take(bytes, taken),
      end: () => undefined,
      destroy: () => undefined,
    };
  };
  return { dial, daemons };
}
