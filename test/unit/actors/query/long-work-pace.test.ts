import { expect } from 'chai';
import { LongWorkPace } from '../../../../src/actors/query/long-work-pace.js';
import { settled } from '../../../support/fake-time.js';
import { SimulatedClock } from '../../../support/simulated-clock.js';

describe('LongWorkPace', () => {
  let clock: SimulatedClock;
  let pace: LongWorkPace;

  beforeEach(() => {
    clock = new SimulatedClock();
    pace = new LongWorkPace(clock);
  });

  /** Works for some milliseconds, then rests: whether it waits for more than a turn. */
  async function worksAndRests(workMs: number): Promise<{ isOver: boolean }> {
    const beganMs = clock.monotonicMs();
    clock.advance(workMs);
    return begunRest(beganMs);
  }

  async function begunRest(beganMs: number): Promise<{ isOver: boolean }> {
    const rest = { isOver: false };
    void pace.rest(beganMs).then(() => {
      rest.isOver = true;
    });
    await settled();
    return rest;
  }

  async function isOverAfter(rest: { isOver: boolean }, ms: number): Promise<boolean> {
    clock.advance(ms);
    await settled();
    return rest.isOver;
  }

  it('only gives others a turn while nobody asks short questions', async () => {
    expect(await worksAndRests(30)).to.deep.equal({ isOver: true });
    pace.noteShort();
    clock.advance(1_000);
    expect(pace.isBeside).to.equal(false);
    expect(await worksAndRests(30)).to.deep.equal({ isOver: true });
  });

  it('rests for twice as long as it has worked while somebody does, and not for long at a time', async () => {
    pace.noteShort();
    const rest = await worksAndRests(4);
    expect(await isOverAfter(rest, 7)).to.equal(false);
    expect(await isOverAfter(rest, 1)).to.equal(true);
    const long = await worksAndRests(400);
    expect(await isOverAfter(long, 49)).to.equal(false);
    expect(await isOverAfter(long, 1)).to.equal(true);
  });

  it('saves up rests that are too short for a timer', async () => {
    pace.noteShort();
    expect(await worksAndRests(0.3)).to.deep.equal({ isOver: true });
    const rest = await worksAndRests(0.3);
    expect(rest.isOver).to.equal(false);
    expect(await isOverAfter(rest, 1.2)).to.equal(true);
  });

  it('keeps all long work together to its part of the time', async () => {
    pace.noteShort();
    const first = await worksAndRests(5);
    const second = await worksAndRests(5);
    expect(await isOverAfter(first, 4)).to.equal(false);
    expect(await isOverAfter(first, 1)).to.equal(true);
    expect(await isOverAfter(second, 14)).to.equal(false);
    expect(await isOverAfter(second, 1)).to.equal(true);
  });
});
