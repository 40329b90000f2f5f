import { expect } from 'chai';
import fc from 'fast-check';
import {
  type Arrival,
  PointQueue,
  QUEUE_LOGS_MAX,
  QueuedPoints,
} from '../../../src/storage/point-queue.js';

interface ModelPoint {
  timestamp: number;
  value: number;
  arrival: Arrival;
}

/** The arrival of a message that is the nth of its log, and came at that millisecond. */
function arrival(n: number, log = 0): Arrival {
  return { order: n, log, sequence: n, atMs: n };
}

/** The same queue, plainly: a Map keeps the order in which metrics began to wait. */
class Model {
  readonly waiting = new Map<number, ModelPoint[]>();
  readonly parked = new Map<number, ModelPoint[]>();
  readonly newest = new Map<number, Arrival>();

  append(id: number, point: ModelPoint): void {
    const points = this.points(id);
    if (points) points.push(point);
    else this.waiting.set(id, [point]);
    this.newest.set(id, point.arrival);
  }

  points(id: number): ModelPoint[] | undefined {
    return this.waiting.get(id) ?? this.parked.get(id);
  }

  park(id: number): void {
    this.parked.set(id, this.waiting.get(id)!);
    this.waiting.delete(id);
  }

  remove(id: number): void {
    this.waiting.delete(id);
    this.parked.delete(id);
  }
}

function pointsOf(queue: PointQueue, id: number, out = new QueuedPoints()): [number, number][] {
  queue.copy(id, out);
  return Array.from({ length: out.count }, (_, i) => [out.timestamps[i], out.values[i]]);
}

/** Metrics in the order in which they wait. */
function order(queue: PointQueue): number[] {
  const ids: number[] = [];
  for (let id = queue.oldest(); id !== undefined; id = queue.following(id)) ids.push(id);
  return ids;
}

/** What a copy of these points is: log by log, in order of arrival. */
function byLog(points: readonly ModelPoint[]): [number, number][] {
  const logs = [...points].sort((a, b) => a.arrival.log - b.arrival.log);
  return logs.map(({ timestamp, value }) => [timestamp, value]);
}

function expectSame(queue: PointQueue, model: Model, ids: readonly number[]): void {
  expect(order(queue)).to.deep.equal([...model.waiting.keys()]);
  const all = [...model.waiting.values(), ...model.parked.values()];
  expect([queue.metrics, queue.parked]).to.deep.equal([all.length, model.parked.size]);
  expect(queue.points).to.equal(all.flat().length);
  const orders = all.flat().map((point) => point.arrival.order);
  expect(queue.firstArrival()).to.equal(orders.length ? Math.min(...orders) : undefined);
  const out = new QueuedPoints();
  for (const id of ids) {
    const points = model.points(id) ?? [];
    expect(queue.length(id)).to.equal(points.length);
    expect(queue.isWaiting(id)).to.equal(model.waiting.has(id));
    expect(pointsOf(queue, id, out)).to.deep.equal(byLog(points));
    const { log, sequence } = model.newest.get(id) ?? { log: 0, sequence: 0 };
    expect([queue.newestLog(id), queue.newestSequence(id)]).to.deep.equal([log, sequence]);
    if (points.length > 0) expect(queue.waitingSinceMs(id)).to.equal(points[0].arrival.atMs);
  }
}

describe('PointQueue', () => {
  it('tells which message of which log brought the newest point, however long the log is', () => {
    const queue = new PointQueue();
    const sequences = [1, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 7, 2 ** 53 - 1];
    for (const [id, sequence] of sequences.entries())
      queue.append(id, 1_000, 1, { order: id + 1, log: 31 - id, sequence, atMs: 0 });
    for (const [id, sequence] of sequences.entries())
      expect([queue.newestLog(id), queue.newestSequence(id)]).to.deep.equal([31 - id, sequence]);
  });

  it('is empty at first, for any id', () => {
    const queue = new PointQueue();
    expect(queue.oldest()).to.equal(undefined);
    expect(queue.firstArrival()).to.equal(undefined);
    expect(queue.length(1_000_000)).to.equal(0);
    expect(queue.newestSequence(1_000_000)).to.equal(0);
    expect(pointsOf(queue, 1_000_000)).to.deep.equal([]);
  });

  it('gives the points of a metric log by log, whichever of them came first', () => {
    const one = new PointQueue();
    one.append(7, 60, 1, arrival(1, 1));
    one.append(7, 60, 2, arrival(2, 0));
    one.append(7, 50, 3, arrival(3, 1));
    const other = new PointQueue();
    other.append(7, 60, 2, arrival(1, 0));
    other.append(7, 60, 1, arrival(2, 1));
    other.append(7, 50, 3, arrival(3, 1));
    const expected = [
      [60, 2],
      [60, 1],
      [50, 3],
    ];
    expect(pointsOf(one, 7)).to.deep.equal(expected);
    expect(pointsOf(other, 7)).to.deep.equal(expected);
    one.remove(7);
    one.append(7, 70, 4, arrival(4, 1));
    expect(pointsOf(one, 7)).to.deep.equal([[70, 4]]);
  });

  it('fails loudly when a metric without points is removed', () => {
    const queue = new PointQueue();
    queue.append(1, 1, 1, arrival(1));
    queue.remove(1);
    expect(() => queue.remove(1)).to.throw(/points/);
    expect(() => queue.remove(5000)).to.throw(/points/);
  });

  it('is the same as a Map of lists, whatever is appended, parked and removed', () => {
    const ids = [0, 1, 2, 3, 1500, 5000];
    const log = fc.constantFrom(0, 0, 1, 2, QUEUE_LOGS_MAX - 1);
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ do: fc.constant('append'), id: fc.nat(5), log }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('remove'), id: fc.nat(5), log }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('park'), id: fc.nat(5), log }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
        const queue = new PointQueue();
        const model = new Model();
        steps.forEach((one, i) => {
          const id = ids[one.id];
          if (one.do === 'append') {
            const point = {
              timestamp: 1000 + i,
              value: i / 2,
              arrival: { order: 1 + (i >> 1), log: one.log, sequence: 1_000 - i, atMs: i * 10 },
            };
            queue.append(id, point.timestamp, point.value, point.arrival);
            model.append(id, point);
          } else if (one.do === 'park' && model.waiting.has(id)) {
            queue.park(id);
            model.park(id);
          } else if (one.do === 'remove' && model.points(id) !== undefined) {
            queue.remove(id);
            model.remove(id);
          }
          expectSame(queue, model, ids);
        });
      }),
      { numRuns: 200 },
    );
  }).timeout(60_000);

  it('keeps all points while it grows, and uses removed points again', () => {
    const queue = new PointQueue();
    const model = new Model();
    const ids = Array.from({ length: 3000 }, (_, id) => id);
    let n = 0;
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 6000; i++) {
        const id = (i * 7 + round) % 3000;
        const point = { timestamp: n, value: -n, arrival: arrival(n) };
        queue.append(id, n, -n, point.arrival);
        model.append(id, point);
        n++;
      }
      for (let id = round; id < 3000; id += 2) {
        if (!model.waiting.has(id)) continue;
        queue.remove(id);
        model.remove(id);
      }
    }
    expectSame(queue, model, ids);
  });

  it('keeps timestamps exactly, with fractions and beyond 32 bits, beside whole ones', () => {
    const queue = new PointQueue();
    const odd = [1.25, -3, 2 ** 32 - 1, 2 ** 32, 1e300, Number.NaN, 0];
    for (let i = 0; i < 20_000; i++) queue.append(1, i, i, arrival(1));
    odd.forEach((timestamp) => {
      queue.append(2, timestamp, 1, arrival(1));
    });
    expect(pointsOf(queue, 2).map(([timestamp]) => timestamp)).to.deep.equal(odd);
    queue.remove(1);
    odd.forEach((timestamp) => {
      queue.append(3, timestamp, 1, arrival(1));
    });
    expect(pointsOf(queue, 3).map(([timestamp]) => timestamp)).to.deep.equal(odd);
    expect(pointsOf(queue, 2).map(([timestamp]) => timestamp)).to.deep.equal(odd);
  });

  it('does not need more room for points that come and go', () => {
    const queue = new PointQueue();
    const before = process.memoryUsage().arrayBuffers;
    for (let round = 0; round < 2000; round++) {
      const came = arrival(round);
      for (let i = 0; i < 1000; i++) queue.append(i % 10, i, i, came);
      for (let id = 0; id < 10; id++) queue.remove(id);
    }
    expect(process.memoryUsage().arrayBuffers - before).to.be.lessThan(1_000_000);
    expect([queue.points, queue.metrics]).to.deep.equal([0, 0]);
  });
});
