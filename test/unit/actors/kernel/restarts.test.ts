import { expect } from 'chai';
import { RestartWindow } from '../../../../src/actors/kernel/restarts.js';

describe('RestartWindow', () => {
  it('allows so many failures within its time, and not one more', () => {
    const restarts = new RestartWindow({ restartsMax: 3, withinMs: 1000 });
    expect([0, 10, 20, 30].map((ms) => restarts.mayRestart(ms))).to.deep.equal([
      true,
      true,
      true,
      false,
    ]);
  });

  it('forgets failures that are long past', () => {
    const restarts = new RestartWindow({ restartsMax: 2, withinMs: 1000 });
    for (let ms = 0; ms < 20_000; ms += 501) expect(restarts.mayRestart(ms)).to.equal(true);
    expect(restarts.mayRestart(19_540)).to.equal(false);
  });

  it('counts a failure at the very edge of its time', () => {
    const restarts = new RestartWindow({ restartsMax: 1, withinMs: 1000 });
    expect(restarts.mayRestart(0)).to.equal(true);
    expect(restarts.mayRestart(1000)).to.equal(false);
    expect(restarts.mayRestart(2001)).to.equal(true);
  });

  it('allows none where none is allowed', () => {
    expect(new RestartWindow({ restartsMax: 0, withinMs: 1000 }).mayRestart(0)).to.equal(false);
  });
});
