import { mkdirSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { errorCode } from '../../../../src/errors.js';
import { nodeFiles } from '../../../../src/storage/node-files.js';
import { AskedTime } from '../../../../src/storage/whisper/fetch.js';
import type { WhisperStore } from '../../../../src/storage/whisper/store.js';
import { FaultyFiles, fault } from '../../../support/faulty-files.js';
import { withTemporaryFolder } from '../../../support/temporary-folder.js';
import { archives, openStore, RULE } from '../../../support/test-store.js';

const NOW = 1_500_000_000;
const NAME = 'servers.a.cpu';

describe('WhisperStore', () => {
  it('makes a file by the rules and answers what was written', () => {
    withTemporaryFolder((root) => {
      const store = openStore(root);
      const outcome = put(store, 0, [
        [NOW - 20, 1],
        [NOW - 10, 2],
        [NOW, 3],
      ]);
      expect(outcome).to.deep.equal({
        written: 3,
        droppedTooOld: 0,
        droppedOutOfRange: 0,
        created: true,
        quarantined: false,
      });
      expect(statSync(`${root}/servers/a/cpu.wsp`).size).to.equal(52 + (60 + 60 + 288) * 12);
      expect(fetched(store, 0, NOW - 30, NOW)).to.deep.equal([1, 2, 3]);
      expect(fetched(store, undefined, NOW - 30, NOW)).to.deep.equal([1, 2, 3]);
      expect(store.headerOrNew(0, NAME)).to.deep.equal(store.header(undefined, NAME));
      store.close();
    });
  });

  it('lets the last of equal timestamps win, cuts off fractions, and counts what it drops', () => {
    withTemporaryFolder((root) => {
      const store = openStore(root);
      const points = [
        [NOW, 1],
        [NOW - 5 * 86400, 2],
        [Number.NaN, 3],
        [-1, 4],
        [2 ** 32, 5],
        [NOW + 0.9, 6],
      ] as const;
      const { written, droppedTooOld, droppedOutOfRange } = put(store, 0, points);
      expect([written, droppedTooOld, droppedOutOfRange]).to.deep.equal([2, 1, 3]);
      expect(fetched(store, 0, NOW - 10, NOW)).to.deep.equal([6]);
      expect(store.counters.committedPoints).to.equal(2);
      expect(store.counters.droppedTooOld).to.equal(1);
      expect(store.counters.droppedOutOfRange).to.equal(3);
      store.close();
    });
  });

  it('changes the aggregation method in the header, for roll-ups from then on', () => {
    withTemporaryFolder((root) => {
      const store = openStore(root, { deferRollUps: true });
      expect(store.setAggregationMethod(0, NAME, 'sum')).to.equal(null);
      const minute = NOW - (NOW % 60) - 120;
      put(
        store,
        0,
        [0, 10, 20].map((s) => [minute + s, 1]),
      );
      expect(store.setAggregationMethod(0, NAME, 'sum')).to.equal('average');
      put(
        store,
        0,
        [60, 70, 80].map((s) => [minute + s, 1]),
      );
      expect(store.header(undefined, NAME)?.aggregationMethod).to.equal('sum');
      const rolledUp = store.fetch(0, NAME, NOW - 3600, NOW, NOW)?.values.filter((v) => v > 0);
      expect([...(rolledUp ?? [])]).to.deep.equal([1, 3]);
      expect(() => store.setAggregationMethod(0, NAME, 'mean')).to.throw(/mean/);
      store.close();
    });
  });

  it('answers null for a metric without a file, and tells what it would get', () => {
    withTemporaryFolder((root) => {
      const store = openStore(root);
      expect(store.fetch(undefined, NAME, NOW - 10, NOW, NOW)).to.equal(null);
      expect(store.header(7, NAME)).to.equal(null);
      const { archives: planned, aggregationMethod } = store.headerOrNew(7, NAME);
      expect(planned.map(({ points }) => points)).to.deep.equal([60, 60, 288]);
      expect(aggregationMethod).to.equal('average');
      const empty = store.emptySeries(NAME, new AskedTime(NOW - 700, NOW, NOW));
      expect([empty?.stepS, empty?.values.every(Number.isNaN)]).to.deep.equal([60, true]);
    });
  });

  it('goes on with the files of an earlier process', () => {
    withTemporaryFolder((root) => {
      const before = openStore(root);
      put(before, 0, [[NOW - 10, 1]]);
      before.close();
      const store = openStore(root, { rule: { ...RULE, archives: archives([1, 60]) } });
      expect(put(store, 0, [[NOW, 2]]).created).to.equal(false);
      expect(fetched(store, 0, NOW - 20, NOW)).to.deep.equal([1, 2]);
      store.close();
    });
  });

  it('keeps no more files open than it may, and forgets none of their facts', () => {
    withTemporaryFolder((root) => {
      const faulty = new FaultyFiles(nodeFiles);
      const store = openStore(root, { files: faulty.files, openFilesMax: 2 });
      for (const round of [0, 10]) {
        for (let id = 0; id < 5; id++) put(store, id, [[NOW + round, id]], `m${id}`);
      }
      expect(store.openFiles).to.equal(2);
      expect(faulty.openNow).to.equal(2);
      const reads = faulty.counts.read;
      for (let id = 0; id < 5; id++) put(store, id, [[NOW + 20, id]], `m${id}`);
      expect(faulty.counts.read - reads, 'reads of one archive, for the roll-ups').to.be.at.most(
        10,
      );
      store.close();
      expect(faulty.openNow).to.equal(0);
    });
  });

  it('gives up files it keeps when descriptors run out', () => {
    withTemporaryFolder((root) => {
      const faulty = new FaultyFiles(nodeFiles);
      const store = openStore(root, { files: faulty.files });
      for (let id = 0; id < 3; id++) put(store, id, [[NOW, id]], `m${id}`);
      faulty.onCall = (call) => {
        if (call === 'open' && faulty.openNow >= 2) throw fault('EMFILE');
      };
      put(store, 3, [[NOW, 3]], 'm3');
      expect(store.openFiles).to.equal(2);
      store.close();
    });
  });

  for (const [what, spoil] of Object.entries({
    'a zero-byte file': (path: string) => truncateSync(path, 0),
    'a truncated file': (path: string) => truncateSync(path, 500),
    'a foreign file': (path: string) => writeFileSync(path, 'not whisper at all, but long enough'),
    'a folder': (path: string) => {
      rmSync(path);
      mkdirSync(path);
    },
  })) {
    it(`puts ${what} aside and makes a new one`, () => {
      withTemporaryFolder((root) => {
        const before = openStore(root);
        put(before, 0, [[NOW - 10, 1]]);
        before.close();
        spoil(`${root}/servers/a/cpu.wsp`);
        const store = openStore(root);
        const error = failure(() => store.fetch(0, NAME, NOW - 20, NOW, NOW));
        expect(['CORRUPT_FILE', 'EISDIR']).to.include(error);
        const outcome = put(store, 0, [[NOW, 2]]);
        expect([outcome.created, outcome.quarantined]).to.deep.equal([true, true]);
        expect(store.counters.quarantined).to.equal(1);
        expect(readdirSync(`${root}/servers/a`)).to.have.members([
          'cpu.wsp',
          `cpu.wsp.corrupt-${NOW}`,
        ]);
        expect(fetched(store, 0, NOW - 10, NOW)).to.deep.equal([2]);
        store.close();
      });
    });
  }

  it('tells the errno code of what cannot be stored', () => {
    withTemporaryFolder((root) => {
      const store = openStore(root);
      const longName = 'x'.repeat(300);
      expect(failure(() => put(store, 0, [[NOW, 1]], longName))).to.equal('ENAMETOOLONG');
      expect(failure(() => put(store, 1, [[NOW, 1]], 'a\0b'))).to.equal('EINVAL');
      writeFileSync(`${root}/file`, '');
      expect(failure(() => put(store, 2, [[NOW, 1]], 'file.b'))).to.be.oneOf(['ENOTDIR', 'EEXIST']);
      expect(store.counters.errors).to.equal(3);
    });
  });

  it('remembers nothing of a write that failed', () => {
    withTemporaryFolder((root) => {
      const faulty = new FaultyFiles(nodeFiles);
      const store = openStore(root, {
        files: faulty.files,
        rule: { ...RULE, archives: archives([10, 60]) },
      });
      put(store, 0, []);
      put(store, 0, [[NOW - 10_000, 1]]);
      faulty.failAt(1, 'EIO');
      expect(failure(() => put(store, 0, [[NOW - 50, 1]]))).to.equal('EIO');
      put(store, 0, [[NOW, 2]]);
      expect(
        fetched(openStore(root), 0, NOW - 10, NOW),
        'found where the file begins',
      ).to.deep.equal([2]);
      store.close();
    });
  });

  it('makes a folder again that was removed', () => {
    withTemporaryFolder((root) => {
      const store = openStore(root);
      put(store, 0, [[NOW, 1]]);
      rmSync(`${root}/servers`, { recursive: true });
      const neighbour = store.write(1, () => 'servers.a.load', [NOW], [2], 1, NOW);
      expect(neighbour.created).to.equal(true);
      expect(statSync(`${root}/servers/a/load.wsp`).size).to.be.greaterThan(0);
      expect(store.counters.errors).to.equal(0);
      store.close();
    });
  });

  it('notices that an open file was removed, when asked to look', () => {
    withTemporaryFolder((root) => {
      const store = openStore(root);
      for (let id = 0; id < 3; id++) put(store, id, [[NOW, id]], `m${id}`);
      rmSync(`${root}/m1.wsp`);
      store.checkOpenFiles(2);
      store.checkOpenFiles(2);
      expect(store.openFiles).to.equal(2);
      expect(put(store, 1, [[NOW, 9]], 'm1').created).to.equal(true);
      expect(put(store, 2, [[NOW, 9]], 'm2').created).to.equal(false);
      store.close();
    });
  });

  it('lists the whisper files below its root', () => {
    withTemporaryFolder((root) => {
      const store = openStore(root);
      const names = ['a', 'a.b', 'x.y.z', 't;a=1'];
      for (const [id, name] of names.entries()) put(store, id, [[NOW, id]], name);
      writeFileSync(`${root}/a/other.txt`, '');
      const paths = [...store.names()].map((path) => `${root}/${path}`);
      expect(paths).to.have.members(names.map((name) => store.path(name)));
      store.close();
      expect([...openStore(`${root}/missing`).names()]).to.deep.equal([]);
    });
  });

  describe('with roll-ups deferred', () => {
    const deferred = { deferRollUps: true };

    it('writes an update in one call, and rolls many of them up in few', () => {
      withTemporaryFolder((root) => {
        const faulty = new FaultyFiles(nodeFiles);
        const store = openStore(root, { ...deferred, files: faulty.files });
        put(store, 0, [[NOW, 0]]);
        const before = faulty.calls;
        for (let i = 1; i <= 30; i++) put(store, 0, [[NOW + i * 10, i]], NAME, NOW + i * 10);
        expect(faulty.calls - before).to.equal(30);
        expect(store.pendingRollUps).to.equal(1);
        store.flush(0, () => NAME);
        expect(faulty.calls - before - 30, 'two reads, two writes').to.equal(4);
        expect(store.pendingRollUps).to.equal(0);
        store.close();
      });
    });

    it('rolls up what a coarser archive is asked for', () => {
      withTemporaryFolder((root) => {
        const store = openStore(root, deferred);
        put(store, 0, [
          [NOW - 50, 1],
          [NOW - 40, 2],
          [NOW - 30, 3],
        ]);
        const answer = store.fetch(0, NAME, NOW - 3000, NOW, NOW);
        expect(answer?.stepS).to.equal(60);
        expect(answer?.values.filter((value) => !Number.isNaN(value))).to.deep.equal(
          Float64Array.of(2),
        );
        store.close();
      });
    });

    it('flushes in order up to a mark, in slices', () => {
      withTemporaryFolder((root) => {
        const store = openStore(root, deferred);
        const nameOf = (id: number) => `m${id}`;
        for (let id = 0; id < 5; id++) put(store, id, [[NOW, id]], nameOf(id));
        const mark = store.rollUpMark();
        put(store, 9, [[NOW, 9]], nameOf(9));
        expect(store.flushRollUps(mark, 3, nameOf)).to.equal(false);
        expect(store.pendingRollUps).to.equal(3);
        expect(store.flushRollUps(mark, 3, nameOf)).to.equal(true);
        expect(store.pendingRollUps).to.equal(1);
        expect(store.flushRollUps(mark, 3, nameOf)).to.equal(true);
        expect(store.pendingRollUps).to.equal(1);
        store.close();
      });
    });

    it('keeps waiting while the disk is full, and answers meanwhile', () => {
      withTemporaryFolder((root) => {
        const faulty = new FaultyFiles(nodeFiles);
        const store = openStore(root, { ...deferred, files: faulty.files });
        put(store, 0, [
          [NOW - 50, 1],
          [NOW - 40, 2],
          [NOW - 30, 3],
        ]);
        faulty.onCall = (call) => {
          if (call === 'write') throw fault('ENOSPC');
        };
        const flush = () => store.flushRollUps(store.rollUpMark(), 9, () => NAME);
        expect(failure(flush)).to.equal('ENOSPC');
        expect(store.fetch(0, NAME, NOW - 3000, NOW, NOW)?.stepS).to.equal(60);
        expect(fetched(store, 0, NOW - 60, NOW - 30)).to.deep.equal([1, 2, 3]);
        expect(store.pendingRollUps).to.equal(1);
        faulty.onCall = () => {};
        expect(flush()).to.equal(true);
        store.close();
      });
    });

    it('keeps metrics apart, whatever their ids', () => {
      withTemporaryFolder((root) => {
        const store = openStore(root, { ...deferred, openFilesMax: 7 });
        const ids = Array.from({ length: 40 }, (_, i) => (i * 7919) % 100_003);
        const nameOf = (id: number) => `m${id}`;
        for (const round of [50, 40, 30]) {
          for (const id of ids) put(store, id, [[NOW - round, id + round]], nameOf(id));
        }
        expect(store.pendingRollUps).to.equal(40);
        expect(store.flushRollUps(store.rollUpMark(), 100, nameOf)).to.equal(true);
        store.close();
        const after = openStore(root);
        for (const id of ids) {
          const rolledUp = after.fetch(undefined, nameOf(id), NOW - 3000, NOW, NOW)?.values;
          expect(
            rolledUp?.find((value) => !Number.isNaN(value)),
            nameOf(id),
          ).to.equal(id + 40);
        }
      });
    });

    it('does not wait for a file that is gone or damaged', () => {
      withTemporaryFolder((root) => {
        const store = openStore(root, deferred);
        put(store, 0, [[NOW, 1]], 'gone');
        put(store, 1, [[NOW, 1]], 'damaged');
        rmSync(`${root}/gone.wsp`);
        truncateSync(`${root}/damaged.wsp`, 100);
        for (const id of [0, 1]) store.forget(id);
        const nameOf = (id: number) => ['gone', 'damaged'][id];
        expect(store.flushRollUps(store.rollUpMark(), 9, nameOf)).to.equal(true);
        expect(store.pendingRollUps).to.equal(0);
      });
    });
  });
});

function put(
  store: WhisperStore,
  id: number,
  points: readonly (readonly [number, number])[],
  name = NAME,
  nowS = NOW,
) {
  const timestamps = Float64Array.from(points, ([timestamp]) => timestamp);
  const values = Float64Array.from(points, ([, value]) => value);
  return store.write(id, () => name, timestamps, values, points.length, nowS);
}

function fetched(
  store: WhisperStore,
  id: number | undefined,
  fromS: number,
  untilS: number,
): number[] {
  return [...(store.fetch(id, NAME, fromS, untilS, NOW)?.values ?? [])];
}

/** The code of the error that `run` throws. */
function failure(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return errorCode(error) ?? String(error);
  }
  return undefined;
}
