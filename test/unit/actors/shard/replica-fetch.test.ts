import { expect } from 'chai';
import { opened } from '../../../support/fake-replica.js';
import { settled, watch } from '../../../support/fake-time.js';
import { fetchedFrom } from '../../../support/found.js';
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
      watch(fetchedFrom(replica.runner, some, { fromS: nowS - 9, untilS: nowS, nowS }));
    const many = read(names);
    const few = read(['a.m7']);
    await settled();
    expect(few.value).to.have.length(1);
    expect(many.state).to.equal('pending');
    clock.holds = false;
    clock.giveTurn();
    await settled();
    expect(many.value).to.have.length(20);
  });
});
