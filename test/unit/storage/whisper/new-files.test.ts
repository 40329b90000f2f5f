import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { nodeFiles } from '../../../../src/storage/node-files.js';
import { WhisperFiles } from '../../../../src/storage/whisper/whisper-files.js';
import { FaultyFiles, fault } from '../../../support/faulty-files.js';
import { withTemporaryFolder } from '../../../support/temporary-folder.js';
import { archives, openStore, RULE } from '../../../support/test-store.js';

const MINUTE = 1_500_000_000 - (1_500_000_000 % 60);
const NOW = MINUTE + 40;
const ALONE = { ...RULE, archives: archives([10, 60]) };

/** Seconds of the first points of a metric, against a minute. */
const FIRST_POINTS: Record<string, readonly number[]> = {
  'one point': [0],
  'points in a row': [0, 10, 20, 30],
  'points between the slots': [3, 17, 25],
  'two in one slot': [0, 4, 10],
  'out of order': [20, 0, 10],
  'with a hole': [0, 30],
  'farther apart than a minute': [-90, 0],
  'older than the finest archive': [-700, 0],
  'older than all archives': [-90_000, 0],
  'more than a ring': Array.from({ length: 62 }, (_, i) => -590 + 10 * i),
  'in the future': [60, 70],
};

describe('WhisperStore, of a new file', () => {
  for (const [what, seconds] of Object.entries(FIRST_POINTS)) {
    for (const rule of [RULE, ALONE]) {
      it(`makes it as an empty one that is written then: ${what}, ${rule.archives.length} archives`, () => {
        withTemporaryFolder((root) => {
          const timestamps = seconds.map((second) => MINUTE + second);
          const values = seconds.map((_, i) => i + 0.5);
          const store = openStore(`${root}/store`, { rule, deferRollUps: true });
          const outcome = {
            ...store.write(0, () => 'new', timestamps, values, values.length, NOW),
          };
          store.write(0, () => 'new', [MINUTE + 80], [7], 1, MINUTE + 80);
          store.flush(0, () => 'new');
          store.close();

          const empty = openStore(`${root}/empty`, { rule, deferRollUps: true });
          new WhisperFiles(nodeFiles).create(`${root}/empty.wsp`, rule.archives, rule);
          nodeFiles.makeFolder(`${root}/empty`);
          nodeFiles.rename(`${root}/empty.wsp`, `${root}/empty/new.wsp`);
          const expected = empty.write(0, () => 'new', timestamps, values, values.length, NOW);
          expect(outcome).to.deep.equal({ ...expected, created: true });
          empty.write(0, () => 'new', [MINUTE + 80], [7], 1, MINUTE + 80);
          empty.flush(0, () => 'new');
          empty.close();

          const made = readFileSync(`${root}/store/new.wsp`);
          expect(made.equals(readFileSync(`${root}/empty/new.wsp`))).to.equal(true);
        });
      });
    }
  }

  it('makes it in four calls: open, the header with the first points, size, name', () => {
    withTemporaryFolder((root) => {
      const faulty = new FaultyFiles(nodeFiles);
      const store = openStore(root, { deferRollUps: true, files: faulty.files });
      store.write(0, () => 'first', [NOW], [1], 1, NOW);
      const calls: string[] = [];
      faulty.onCall = (call) => calls.push(call);
      store.write(1, () => 'second', [NOW, NOW + 10], [1, 2], 2, NOW + 10);
      expect(calls).to.deep.equal(['open', 'write', 'resize', 'rename']);
      store.close();
    });
  });

  it('has no points when it could not be made, and has them once it was', () => {
    withTemporaryFolder((root) => {
      const faulty = new FaultyFiles(nodeFiles);
      const store = openStore(root, { deferRollUps: true, files: faulty.files });
      faulty.onCall = (call) => {
        if (call === 'rename') throw fault('EIO');
      };
      const write = () => store.write(0, () => 'new', [NOW, NOW + 10], [1, 2], 2, NOW + 10);
      expect(write).to.throw('EIO');
      expect(store.pendingRollUps).to.equal(0);
      expect(store.hasFile(0, () => 'new')).to.equal(false);
      faulty.onCall = () => {};
      expect(write()).to.include({ written: 2, created: true });
      expect([...(store.fetch(0, 'new', NOW - 10, NOW + 10, NOW + 10)?.values ?? [])]).to.eql([
        1, 2,
      ]);
      store.close();
    });
  });
});
