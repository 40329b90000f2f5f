import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { withTemporaryFolder } from '../../../support/temporary-folder.js';
import { archives, openStore, RULE } from '../../../support/test-store.js';

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

  it('takes no empty slot for one that comes after the last second of 32 bits', () => {
    withTemporaryFolder((root) => {
      const rule = { ...RULE, archives: archives([1, 120], [60, 60]), xFilesFactor: 0 };
      const store = openStore(root, { rule });
      const lastMinute = 2 ** 32 - 16;
      const timestamps = [0, 1, 2].map((second) => lastMinute + second);
      store.write(0, () => NAME, timestamps, [6, 6, 6], 3, lastMinute + 2);
      store.close();
      const bytes = readFileSync(`${root}/servers/a/cpu.wsp`);
      const minutes = 16 + 2 * 12 + 120 * 12;
      expect([bytes.readUInt32BE(minutes), bytes.readDoubleBE(minutes + 4)]).to.deep.equal([
        lastMinute,
        6,
      ]);
    });
  });

  it('puts points into a file that it knows as into one that it sees first', () => {
    const before = [0, 10, 20, 30, 40, 50].map((second) => [second, second]);
    const good = [
      [60.5, 1],
      [79.9, 2],
      [80, 3],
      [90.7, 4],
    ];
    const writes: Record<string, number[][]> = {
      'a run, with fractions': good,
      'two points in a slot': [...good, [99, 5]],
      'a timestamp that is none in the place of one': good.map((p, i) => (i === 2 ? [NaN, 3] : p)),
      'a last timestamp that is none': [...good, [NaN, 5]],
      'a first one that is none': [[NaN, 5], ...good],
      'a first one beyond 32 bits': [[2 ** 32, 5], ...good],
      'all beyond 32 bits': [[2 ** 32, 5]],
      'past the end of the ring': Array.from({ length: 55 }, (_, i) => [60 + i * 10, i]),
      'over what is not rolled up': [590, 600].map((second) => [second, 1]),
      'out of order': [...good].reverse(),
      'a gap of minutes': [...good, [240, 6]],
      'a run too old for the finest archive': [-300, -290, -280, -270].map((second) => [second, 1]),
    };
    withTemporaryFolder((root) => {
      const store = openStore(root, { deferRollUps: true });
      const nowS = MINUTE + 600;
      const write = (id: number, points: readonly (readonly number[])[]) => {
        const timestamps = points.map(([timestamp]) => MINUTE + timestamp);
        const values = points.map(([, value]) => value);
        return { ...store.write(id, () => `m${id}`, timestamps, values, points.length, nowS) };
      };
      for (const [i, [what, points]] of Object.entries(writes).entries()) {
        const [known, unknown] = [2 * i, 2 * i + 1];
        for (const id of [known, unknown]) write(id, before);
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

  it('drops points of a run that are beyond what a file can hold', () => {
    withTemporaryFolder((root) => {
      const store = openStore(root, { deferRollUps: true });
      const endS = 2 ** 32;
      const write = (...timestamps: number[]) =>
        store.write(0, () => NAME, timestamps, timestamps, timestamps.length, endS);
      write(endS - 60, endS - 50);
      expect(write(endS - 40, endS - 30).droppedOutOfRange).to.equal(0);
      expect(write(endS - 20, endS - 10, endS).droppedOutOfRange).to.equal(1);
      store.close();
    });
  });
});
