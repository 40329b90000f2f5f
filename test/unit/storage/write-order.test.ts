import { expect } from 'chai';
import fc from 'fast-check';
import { PointQueue } from '../../../src/storage/point-queue.js';
import {
  WRITE_STRATEGIES,
  WriteOrder,
  type WriteStrategy,
} from '../../../src/storage/write-order.js';

/** A queue in which metric `i` has as many points as the i-th list has timestamps, all waiting since `i` ms. */
function queueOf(...timestamps: number[][]): PointQueue {
  const queue = new PointQueue();
  timestamps.forEach((some, id) => {
    for (const timestamp of some)
      queue.append(id, timestamp, 0, { order: id + 1, log: 0, sequence: id + 1, atMs: id });
  });
  return queue;
}

/** Takes everything that is due, as a writer does. */
function written(queue: PointQueue, strategy: WriteStrategy, dueBeforeMs: number): number[] {
  const order = new WriteOrder(queue, strategy);
  const ids: number[] = [];
  for (let id = order.next(dueBeforeMs); id !== undefined; id = order.next(dueBeforeMs)) {
    ids.push(id);
    queue.remove(id);
  }
  return ids;
}

describe('WriteOrder', () => {
  const THREE: number[][] = [[50], [10, 20, 30], [40, 5]];

  it('sorted and max: most points first', () => {
    expect(written(queueOf(...THREE), 'sorted', 10)).to.deep.equal([1, 2, 0]);
    expect(written(queueOf(...THREE), 'max', 10)).to.deep.equal([1, 2, 0]);
  });

  it('timesorted: the oldest first point first', () => {
    expect(written(queueOf(...THREE), 'timesorted', 10)).to.deep.equal([1, 2, 0]);
    expect(written(queueOf([50], [60], [40]), 'timesorted', 10)).to.deep.equal([2, 0, 1]);
  });

  it('naive: as they began to wait', () => {
    expect(written(queueOf(...THREE), 'naive', 10)).to.deep.equal([0, 1, 2]);
  });

  it('sorted and timesorted: those of equal rank by their ids, however they came', () => {
    for (const [strategy, expected] of [
      ['sorted', [3, 0, 1, 2]],
      ['timesorted', [0, 1, 2, 3]],
      ['naive', [2, 3, 0, 1]],
    ] as const) {
      const queue = new PointQueue();
      const arrival = { order: 1, log: 0, sequence: 1, atMs: 1 };
      for (const id of [2, 3, 0, 1, 3]) queue.append(id, 60, 0, arrival);
      expect(written(queue, strategy, 10), strategy).to.deep.equal(expected);
    }
  });

  it('takes only what is due, and what becomes due later', () => {
    const queue = queueOf([1], [1, 2], [1]);
    expect(written(queue, 'sorted', 0)).to.deep.equal([0]);
    expect(written(queue, 'sorted', 5)).to.deep.equal([1, 2]);
  });

  it('leaves parked metrics alone', () => {
    const queue = queueOf([1], [1, 2], [1]);
    queue.park(1);
    expect(written(queue, 'sorted', 10)).to.deep.equal([0, 2]);
    expect(queue.length(1)).to.equal(2);
    expect(queue.firstArrival()).to.equal(2);
    queue.remove(1);
    expect([queue.points, queue.metrics, queue.parked]).to.deep.equal([0, 0, 0]);
  });

  it('writes each metric once, whatever the strategy and the queue', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...WRITE_STRATEGIES),
        fc.array(fc.array(fc.integer({ min: 0, max: 2 ** 32 }), { minLength: 1, maxLength: 5 }), {
          maxLength: 300,
        }),
        (strategy, metrics) => {
          const ids = written(queueOf(...metrics), strategy, 1_000);
          expect(ids.toSorted((a, b) => a - b)).to.deep.equal(metrics.map((_, id) => id));
        },
      ),
    );
  });

  it('does not let one that is seldom written wait for ever behind full ones', () => {
    const queue = queueOf(...Array.from({ length: 2_000 }, () => [1, 2, 3]), [1]);
    const rare = 2_000;
    const order = new WriteOrder(queue, 'max');
    let writes = 0;
    const arrival = { order: 9_999, log: 0, sequence: 9_999, atMs: 4_000 };
    for (let id = order.next(5_000); id !== rare && writes < 20_000; id = order.next(5_000)) {
      queue.remove(id as number);
      for (let n = 0; n < 3; n++) queue.append(id as number, n, 0, arrival);
      writes++;
    }
    expect(writes).to.be.lessThan(20_000);
  });
});
