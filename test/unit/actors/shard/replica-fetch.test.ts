import { expect } from 'chai';
import type { SeriesBlock } from '../../../../src/protocols/messages.js';
import { opened } from '../../../support/fake-replica.js';
import { settled, watch } from '../../../support/fake-time.js';
import { seriesIn } from '../../../support/found.js';
import { SimulatedClock } from '../../../support/simulated-clock.js';

/** A clock whose turns come when they are given. */
class HeldClock extends SimulatedClock {
  holds = false;
  readonly #turns: (() => void)[] = [];

  override yieldNow(): Promise<void> {
    return this.holds ? new Promise((resolve) => this.#turns.push(resolve)) : Promise.resolve();
  }

  giveTurn(): void {
    for (const wake of this.#turns.splice(0)) wake();
  }
}

describe('fetch from a replica', () => {
  it('is done at once for a few names, while a read of many waits for its turn', async () => {
    const clock = new HeldClock();
    const replica = await opened({ clock });
    const names = Array.from({ length: 20 }, (_, i) => `a.m${i}`);
    replica.append(...names.map((name): [string, number, number] => [name, replica.nowS - 1, 1]));
    await settled();
    clock.holds = true;
    const { nowS } = replica;
    const read = (some: string[]) =>
      watch(
        replica.runner.ask<SeriesBlock[]>((reply, fail) => ({
          ...{ type: 'fetch', names: some, fromS: nowS - 9, untilS: nowS, nowS },
          reply,
          fail,
        })),
      );
    const many = read(names);
    const few = read(['a.m7']);
    await settled();
    expect(seriesIn(['a.m7'], few.value ?? [])).to.have.length(1);
    expect(many.state).to.equal('pending');
    clock.holds = false;
    clock.giveTurn();
    await settled();
    expect(seriesIn(names, many.value ?? [])).to.have.length(20);
  });
});
