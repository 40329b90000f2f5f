import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { withTemporaryFolder } from '../../../support/temporary-folder.js';
import { openStore } from '../../../support/test-store.js';

const MINUTE = 1_500_000_000 - (1_500_000_000 % 60);
const NAME = 'servers.a.cpu';

describe('PointWriter', () => {
  it('leaves roll-ups of minutes alone that lie between the points of a batch', () => {
    withTemporaryFolder((root) => {
      const store = openStore(root, { deferRollUps: true });
      const put = (...points: readonly (readonly [number, number])[]) => {
        const timestamps = points.map(([timestamp]) => MINUTE + timestamp);
        const values = points.map(([, value]) => value);
        store.write(0, () => NAME, timestamps, values, points.length, MINUTE + 300);
      };
      put([120, 1], [130, 1], [140, 1], [150, 1]);
      store.setAggregationMethod(0, NAME, 'sum');
      put([0, 1], [10, 1], [20, 1], [240, 1], [250, 1], [260, 1]);
      const minutes = store.fetch(0, NAME, MINUTE - 60, MINUTE + 299, MINUTE + 300, {
        secondsPerPoint: 60,
      })?.values;
      expect([...(minutes ?? [])]).to.deep.equal([3, NaN, 1, NaN, 3]);
      store.close();
    });
  });

  it('puts points into a file that it knows as into one that it sees first', () => {
    const good = [
      [0.5, 1],
      [19.9, 2],
      [20, 3],
      [30.7, 4],
    ];
    const others: Record<string, number[][]> = {
      'a run, with fractions': good,
      'two points in a slot': [...good, [39, 5]],
      'a timestamp that is none': [...good.slice(0, 2), [Number.NaN, 5], ...good.slice(2)],
      'a last one beyond 32 bits': [...good, [2 ** 32, 5]],
      'a first one beyond 32 bits': [[2 ** 32, 5], ...good],
      'a first one that is none': [[Number.NaN, 5], ...good],
      'all beyond 32 bits': [[2 ** 32, 5]],
      'past the end of the ring': Array.from({ length: 55 }, (_, i) => [60 + i * 10, i]),
      'out of order': [...good].reverse(),
      'a gap of minutes': [...good, [240, 6]],
      'too old for the finest archive': [[-900, 6], ...good],
    };
    withTemporaryFolder((root) => {
      const store = openStore(root, { deferRollUps: true });
      const nowS = MINUTE + 600;
      const write = (id: number, points: readonly (readonly number[])[]) => {
        const timestamps = points.map(([timestamp]) => MINUTE + timestamp);
        const values = points.map(([, value]) => value);
        return { ...store.write(id, () => `m${id}`, timestamps, values, points.length, nowS) };
      };
      for (const [i, [what, points]] of Object.entries(others).entries()) {
        const [known, unknown] = [2 * i, 2 * i + 1];
        for (const id of [known, unknown]) write(id, [[-10, 7]]);
        store.flush(unknown, () => `m${unknown}`);
        store.forget(unknown);
        expect(write(known, points), what).to.deep.equal(write(unknown, points));
        for (const id of [known, unknown]) store.flush(id, () => `m${id}`);
        const bytes = (id: number) => readFileSync(store.path(`m${id}`));
        expect(bytes(known).equals(bytes(unknown)), what).to.equal(true);
      }
      store.close();
    });
  });
});
