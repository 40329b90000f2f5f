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
});
