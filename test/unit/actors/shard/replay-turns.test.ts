import { expect } from 'chai';
import {
  type ReplayLimits,
  type ReplayTurn,
  ReplayTurns,
} from '../../../../src/actors/shard/replay-turns.js';
import { pass, settled } from '../../../support/fake-time.js';
import { SimulatedClock } from '../../../support/simulated-clock.js';

const NONE = Number.POSITIVE_INFINITY;
const BYTES = 1_000;

/** A reader of a log with a backlog, or of a live one: takes a message whenever it may, and needs `workMs` for it. */
function reader(clock: SimulatedClock, turn: ReplayTurn, pending = 1_000, workMs = 10) {
  const stopping = new AbortController();
  const reading = {
    taken: 0,
    pending,
    stop: () => {
      stopping.abort();
      turn.leave();
    },
  };
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await turn.next(reading.pending, BYTES, stopping.signal);
      if (stopping.signal.aborted) return;
      reading.taken++;
      await new Promise<void>((done) => clock.after(workMs, done));
    }
  };
  void run();
  return reading;
}

function start(readers: number, some: Partial<ReplayLimits> = {}) {
  const clock = new SimulatedClock();
  const turns = new ReplayTurns(
    { atOnce: 2, bytesPerSecond: NONE, liveLagMax: 16, ...some },
    clock,
  );
  const all = Array.from({ length: readers }, () => reader(clock, turns.turn()));
  return { clock, turns, all, taken: () => all.map(({ taken }) => taken) };
}

describe('ReplayTurns', () => {
  it('lets only so many replay at once, each in its turn', async () => {
    const { clock, turns, taken } = start(4);
    await pass(clock, 1_000);
    expect(turns.replaying).to.equal(2);
    expect(taken().filter((count) => count > 0)).to.have.length(2);
    await pass(clock, 30_000);
    for (const count of taken()) expect(count).to.be.greaterThan(100);
    expect(turns.replaying).to.equal(2);
  });

  it('gives a place to the next one when somebody has caught up, stops, or stands still', async () => {
    const { clock, all, taken } = start(5);
    await pass(clock, 500);
    all[0].pending = 3;
    await pass(clock, 200);
    expect(taken()[2], 'after one has caught up').to.be.greaterThan(0);
    all[1].stop();
    await pass(clock, 200);
    expect(taken()[3], 'after one was stopped').to.be.greaterThan(0);
    expect(taken()[4]).to.equal(0);
    const slow = start(0, { atOnce: 1 });
    reader(slow.clock, slow.turns.turn(), 1_000, 1_000_000);
    await settled();
    const next = reader(slow.clock, slow.turns.turn());
    await pass(slow.clock, 5_000);
    expect(next.taken, 'after one brought no message for a while').to.be.greaterThan(0);
  });

  it('forgets who stops while it waits', async () => {
    const { clock, all, taken } = start(4, { atOnce: 1 });
    await pass(clock, 100);
    all[1].stop();
    all[0].stop();
    await pass(clock, 3_000);
    expect(taken()[1]).to.equal(0);
    expect(taken()[2]).to.be.greaterThan(0);
  });

  it('never makes a live log wait', async () => {
    const { clock, turns } = start(4, { atOnce: 1, bytesPerSecond: 1 });
    const live = reader(clock, turns.turn(), 5);
    await pass(clock, 1_000);
    expect(live.taken).to.be.at.least(15);
  });

  it('keeps all replays together below the rate', async () => {
    const { clock, taken } = start(3, { atOnce: 3, bytesPerSecond: 20 * BYTES });
    await pass(clock, 10_000);
    const messages = taken().reduce((sum, one) => sum + one);
    expect(messages).to.be.within(180, 215);
  });

  it('gives way to live logs that are late, and goes on slowly', async () => {
    const { clock, turns, taken } = start(1);
    await pass(clock, 1_000);
    const [before] = taken();
    const live = reader(clock, turns.turn(), 40);
    await pass(clock, 5_000);
    const [meanwhile] = taken();
    expect(meanwhile - before).to.be.within(10, 25);
    live.pending = 0;
    await pass(clock, 1_000);
    expect(taken()[0] - meanwhile, 'in a fifth of the time').to.be.at.least(12);
    expect(before).to.be.greaterThan(10);
  });
});
