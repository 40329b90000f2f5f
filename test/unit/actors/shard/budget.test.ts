import { expect } from 'chai';
import { type BudgetShare, QueueBudget } from '../../../../src/actors/shard/budget.js';

async function hasRoom(share: BudgetShare): Promise<boolean> {
  const full = Symbol('full');
  const later = new Promise((resolve) => setImmediate(resolve, full));
  return (await Promise.race([share.room(), later])) !== full;
}

describe('QueueBudget', () => {
  it('gives one replica all that nobody has for himself, and leaves the others their parts', async () => {
    const budget = new QueueBudget(100, 2);
    const [greedy, modest] = [budget.share(), budget.share()];
    while (await hasRoom(greedy)) greedy.take(5);
    expect(greedy.points).to.equal(75);
    while (await hasRoom(modest)) modest.take(5);
    expect([modest.points, budget.points]).to.deep.equal([25, 100]);
  });

  it('is passed by one batch a replica at most', async () => {
    const budget = new QueueBudget(1_000, 4);
    const shares = Array.from({ length: 4 }, () => budget.share());
    for (let round = 0; round < 10; round++) {
      for (const share of shares) if (await hasRoom(share)) share.take(300);
    }
    expect(budget.points).to.be.within(1_000, 1_000 + 4 * 300);
  });

  it('wakes those who have room again, and only them', async () => {
    const budget = new QueueBudget(100, 2);
    const [bad, good] = [budget.share(), budget.share()];
    bad.take(75);
    good.take(25);
    let [badWoke, goodWoke] = [false, false];
    void bad.room().then(() => {
      badWoke = true;
    });
    void good.room().then(() => {
      goodWoke = true;
    });
    good.release(1);
    await new Promise(setImmediate);
    expect([badWoke, goodWoke]).to.deep.equal([false, true]);
    bad.releaseAll();
    await new Promise(setImmediate);
    expect([badWoke, budget.points]).to.deep.equal([true, 24]);
  });

  it('does not hurry a replica that has little while another one has all', () => {
    const budget = new QueueBudget(100, 2);
    const [bad, good] = [budget.share(), budget.share()];
    bad.take(70);
    good.take(5);
    expect([bad.pressed, good.pressed]).to.deep.equal([true, false]);
  });
});
