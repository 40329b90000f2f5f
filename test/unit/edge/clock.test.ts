import { expect } from 'chai';
import { systemClock } from '../../../src/edge/clock.js';

const WORKERS = 10;
const SLICE_MS = 6;

describe('systemClock', () => {
  it('lets timers have their turn between the slices of many who work', async () => {
    let timers = 0;
    let done = false;
    const tick = (): void => {
      timers++;
      if (!done) setTimeout(tick, 1);
    };
    const work = async (): Promise<void> => {
      await systemClock.yieldNow();
      const endMs = performance.now() + SLICE_MS;
      while (performance.now() < endMs);
    };
    setTimeout(tick, 1);
    await Promise.all(Array.from({ length: WORKERS }, work));
    done = true;
    expect(timers).to.be.at.least(WORKERS / 2);
  });

  it('wakes those who have yielded in their order', async () => {
    const woken: number[] = [];
    await Promise.all(
      [0, 1, 2, 3].map(async (n) => {
        await systemClock.yieldNow();
        woken.push(n);
      }),
    );
    expect(woken).to.deep.equal([0, 1, 2, 3]);
  });
});
