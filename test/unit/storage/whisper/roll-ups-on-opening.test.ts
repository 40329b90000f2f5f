import { expect } from 'chai';
import { nodeFiles } from '../../../../src/storage/node-files.js';
import type { WhisperStore } from '../../../../src/storage/whisper/store.js';
import { FaultyFiles, fault } from '../../../support/faulty-files.js';
import { withTemporaryFolder } from '../../../support/temporary-folder.js';
import { openStore } from '../../../support/test-store.js';

const MINUTE = 1_500_000_000 - (1_500_000_000 % 60);
const nameOf = (id: number): string => `servers.a.m${id}`;

describe('WhisperStore, rolling up when a file is opened', () => {
  it('rolls up with the update that opens the file, this one included', () => {
    inStore({ openFilesMax: 1 }, (store, faulty) => {
      write(store, 0, 0, 20);
      write(store, 1, 0, 20);
      store.rollUpOnOpening(store.rollUpMark());
      const before = faulty.calls;
      write(store, 0, 20, 60);
      expect(faulty.calls - before, 'open, write; read, write, read').to.equal(5);
      expect(store.pendingRollUps, 'metric 1').to.equal(1);
      expect(minutes(store, 0)).to.deep.equal([1]);
    });
  });

  it('leaves a file alone that is open, or whose points came after the mark', () => {
    inStore({ openFilesMax: 1 }, (store) => {
      const mark = store.rollUpMark();
      write(store, 0, 0, 20);
      store.rollUpOnOpening(store.rollUpMark());
      write(store, 0, 20, 60);
      expect(store.pendingRollUps, 'it is open').to.equal(1);
      store.rollUpOnOpening(mark);
      write(store, 1, 0, 20);
      write(store, 0, 60, 80);
      expect(store.pendingRollUps, 'after the mark').to.equal(2);
    });
  });

  it('has what comes next wait anew, at the end', () => {
    inStore({ openFilesMax: 1 }, (store) => {
      for (const id of [0, 1]) write(store, id, 0, 20);
      const first = store.rollUpMark();
      store.rollUpOnOpening(first);
      write(store, 0, 20, 40);
      store.rollUpOnOpening(0);
      write(store, 1, 20, 40);
      write(store, 0, 40, 60);
      expect(store.flushRollUps(first, 100, nameOf)).to.equal(true);
      expect(store.pendingRollUps, 'metric 0').to.equal(1);
      expect(store.flushRollUps(store.rollUpMark(), 100, nameOf)).to.equal(true);
      expect(store.pendingRollUps).to.equal(0);
      expect([minutes(store, 0), minutes(store, 1)]).to.deep.equal([[1], [1]]);
    });
  });

  it('fails the update when the roll-up fails, and both are made the next time', () => {
    inStore({ openFilesMax: 1 }, (store, faulty) => {
      for (const id of [0, 1]) write(store, id, 0, 20);
      store.rollUpOnOpening(store.rollUpMark());
      let writes = 0;
      faulty.onCall = (call) => {
        if (call === 'write' && ++writes === 2) throw fault('EIO');
      };
      expect(() => write(store, 0, 20, 60)).to.throw('EIO');
      expect(store.pendingRollUps).to.equal(2);
      faulty.onCall = () => {};
      write(store, 0, 20, 60);
      expect(store.pendingRollUps).to.equal(1);
      expect(minutes(store, 0)).to.deep.equal([1]);
    });
  });
});

function inStore(
  options: { openFilesMax: number },
  use: (store: WhisperStore, faulty: FaultyFiles) => void,
): void {
  withTemporaryFolder((root) => {
    const faulty = new FaultyFiles(nodeFiles);
    const store = openStore(root, { ...options, deferRollUps: true, files: faulty.files });
    use(store, faulty);
    store.close();
  });
}

/** A point of 1 every ten seconds of the minute, from a second to before another. */
function write(store: WhisperStore, id: number, from: number, to: number): void {
  const timestamps = [];
  for (let second = from; second < to; second += 10) timestamps.push(MINUTE + second);
  const values = timestamps.map(() => 1);
  store.write(id, () => nameOf(id), timestamps, values, values.length, MINUTE + to);
}

/** What the file has for minutes, without a roll-up for reading. */
function minutes(store: WhisperStore, id: number): number[] {
  const options = { secondsPerPoint: 60 };
  const found = store.fetch(undefined, nameOf(id), MINUTE - 600, MINUTE, MINUTE + 60, options);
  return [...(found?.values ?? [])].filter((value) => !Number.isNaN(value));
}
