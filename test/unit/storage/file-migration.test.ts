import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { errorCode } from '../../../src/errors.js';
import { FileMigration } from '../../../src/storage/file-migration.js';
import type { Files } from '../../../src/storage/files.js';
import { nodeFiles } from '../../../src/storage/node-files.js';
import type { CreationRule } from '../../../src/storage/schemas.js';
import { WhisperFiles } from '../../../src/storage/whisper/whisper-files.js';
import { FaultyFiles } from '../../support/faulty-files.js';
import { withTemporaryFolder } from '../../support/temporary-folder.js';
import { archives, openStore } from '../../support/test-store.js';
import { whisperSlots } from '../../support/whisper-slots.js';

/** Not a multiple of any step: what does not align has to show. */
const NOW = 1_600_000_007;
const NAME = 'a.b';
const AVERAGE: CreationRule = {
  archives: archives([10, 60], [60, 60], [300, 288]),
  xFilesFactor: 0.5,
  method: 'average',
};

/** A store with one metric, and a migration whose rule can change. */
function world(root: string, rule: CreationRule, files: Files = nodeFiles, deferRollUps = false) {
  const state = { rule };
  const rules = () => ({ match: () => state.rule });
  const store = openStore(root, { files, schemas: rules, deferRollUps });
  const migration = new FileMigration({ files, store, rules, sparse: true });
  const path = store.path(NAME);
  return {
    state,
    store,
    migration,
    path,
    write: (timestamp: number, value: number, nowS = timestamp) =>
      store.write(0, () => NAME, [timestamp], [value], 1, nowS),
    migrate: (to: CreationRule) => {
      state.rule = to;
      return migration.migrate(0, NAME, NOW);
    },
    slots: () => whisperSlots(path),
  };
}

/** A point every ten seconds for `hours`, up to now; values count up. */
function fill({ write }: ReturnType<typeof world>, hours: number, stepS = 10): void {
  const end = NOW - (NOW % 10);
  let value = 0;
  for (let at = end - hours * 3600; at <= end; at += stepS) write(at, value++);
}

/** The readable points of an archive: those that it reaches now. */
function readable(slots: Map<number, number>, retentionS: number): [number, number][] {
  return [...slots].filter(([at]) => at > NOW - retentionS).sort(([a], [b]) => a - b);
}

function within(run: (root: string) => void): () => void {
  return () => withTemporaryFolder(run);
}

describe('FileMigration', () => {
  it(
    'leaves a file that is as the rules say, and one that is not there',
    within((root) => {
      const one = world(root, AVERAGE);
      expect(one.migrate(AVERAGE)).to.equal('same');
      one.write(NOW, 1);
      const before = readFileSync(one.path);
      expect(one.migrate(AVERAGE)).to.equal('same');
      expect(readFileSync(one.path).equals(before)).to.equal(true);
    }),
  );

  it(
    'only tells what differs when it compares',
    within((root) => {
      const one = world(root, AVERAGE);
      one.write(NOW, 1);
      const before = readFileSync(one.path);
      for (const change of [
        { method: 'max' } as const,
        { xFilesFactor: 0.25 },
        { archives: archives([10, 61], [60, 60], [300, 288]) },
      ]) {
        one.state.rule = { ...AVERAGE, ...change };
        expect(one.migration.compare(0, NAME), JSON.stringify(change)).to.equal('differs');
      }
      expect(readFileSync(one.path).equals(before)).to.equal(true);
    }),
  );

  it(
    'keeps every point of archives that only become longer, slot by slot',
    within((root) => {
      const one = world(root, AVERAGE);
      fill(one, 8);
      const before = one.slots();
      const longer = archives([10, 90], [60, 90], [300, 400]);
      expect(one.migrate({ ...AVERAGE, archives: longer })).to.equal('changed');
      const after = one.slots();
      for (const [i, { secondsPerPoint, points }] of AVERAGE.archives.entries()) {
        const retentionS = secondsPerPoint * points;
        expect(readable(after[i], retentionS), `archive ${i}`).to.deep.equal(
          readable(before[i], retentionS),
        );
      }
      const { archives: now } = new WhisperFiles(nodeFiles).info(one.path) ?? {};
      expect(now?.map(({ points }) => points)).to.deep.equal([90, 90, 400]);
    }),
  );

  it(
    'answers queries as the old file did, also where the finer archive is longer now',
    within((root) => {
      const one = world(root, AVERAGE);
      fill(one, 3);
      const whisper = new WhisperFiles(nodeFiles);
      const old = whisper.fetch(one.path, NOW - 3600, NOW, NOW);
      one.migrate({ ...AVERAGE, archives: archives([10, 720], [60, 1440]) });
      const now = whisper.fetch(one.path, NOW - 3600, NOW, NOW);
      expect(old?.stepS).to.equal(60);
      expect(now?.stepS).to.equal(10);
      const beyond = NOW - 600 - 60;
      for (let i = 0; i < (old?.values.length ?? 0); i++) {
        const at = (old?.startS ?? 0) + i * 60;
        if (at > beyond || old?.known[i] !== 1) continue;
        const there = now?.values[(at - (now?.startS ?? 0)) / 10];
        expect(there, `at ${at}`).to.equal(old.values[i]);
      }
    }),
  );

  it(
    'puts no average where the finer archive has a hole among its points',
    within((root) => {
      const one = world(root, AVERAGE);
      const minute = NOW - (NOW % 60) - 120;
      for (const second of [10, 20, 30, 40, 50]) one.write(minute + second, second);
      one.migrate({ ...AVERAGE, archives: archives([10, 120], [60, 60], [300, 288]) });
      const [fine, coarse] = one.slots();
      expect(fine.has(minute)).to.equal(false);
      expect(fine.get(minute + 10)).to.equal(10);
      expect(coarse.get(minute)).to.equal(30);
    }),
  );

  it(
    'rolls up by the new method as far as the finer points reach, and keeps what was rolled up before',
    within((root) => {
      const one = world(root, AVERAGE);
      fill(one, 2);
      const [, before] = one.slots();
      one.migrate({ ...AVERAGE, method: 'max' });
      const [fine, after] = one.slots();
      const recent = NOW - (NOW % 60) - 120;
      expect(after.get(recent)).to.equal(
        Math.max(...[0, 10, 20, 30, 40, 50].map((s) => fine.get(recent + s) ?? Number.NaN)),
      );
      const old = NOW - (NOW % 60) - 1800;
      expect(after.get(old)).to.equal(before.get(old));
    }),
  );

  it(
    'aggregates into coarser archives, at multiples of their step, and drops none',
    within((root) => {
      const seconds: CreationRule = { ...AVERAGE, archives: archives([10, 8640]) };
      const one = world(root, seconds);
      // Two points a minute: fewer than the xFilesFactor wants.
      const end = NOW - (NOW % 60);
      for (let at = end - 7200; at < end; at += 60) {
        one.write(at + 10, 1);
        one.write(at + 40, 3);
      }
      one.migrate({ ...AVERAGE, archives: archives([60, 60], [600, 144]), method: 'sum' });
      const [minutes, tens] = one.slots();
      expect(minutes.size).to.equal(59);
      expect([...minutes.values()].every((value) => value === 4)).to.equal(true);
      const total = [...tens.values()].reduce((sum, value) => sum + value, 0);
      expect(total).to.equal(4 * 120);
      expect([...tens.keys()].every((at) => at % 600 === 0)).to.equal(true);
    }),
  );

  it(
    'keeps points from the time to come, stored NaNs, and what waits to be rolled up',
    within((root) => {
      const one = world(root, AVERAGE, nodeFiles, true);
      fill(one, 1);
      const ahead = NOW - (NOW % 10) + 120;
      one.write(ahead, 42, NOW);
      one.write(ahead - 10, Number.NaN, NOW);
      expect(one.store.pendingRollUps).to.equal(1);
      one.migrate({ ...AVERAGE, archives: archives([10, 360], [60, 60], [300, 288]) });
      expect(one.store.pendingRollUps).to.equal(0);
      const [fine, coarse] = one.slots();
      expect(fine.get(ahead)).to.equal(42);
      expect(fine.get(ahead - 10)).to.be.NaN;
      expect(coarse.has(NOW - (NOW % 60) - 60)).to.equal(true);
    }),
  );

  it(
    'writes what follows to the new file',
    within((root) => {
      const one = world(root, AVERAGE);
      fill(one, 1);
      one.migrate({ ...AVERAGE, archives: archives([10, 360], [60, 1440]), method: 'max' });
      const at = NOW - (NOW % 10) + 10;
      expect(one.write(at, 1e6).created).to.equal(false);
      const [fine, coarse] = one.slots();
      expect(fine.get(at)).to.equal(1e6);
      expect(coarse.get(at - (at % 60))).to.equal(1e6);
      expect(one.slots()).to.have.length(2);
    }),
  );

  it(
    'leaves the old file or the new one whenever it is killed, and cleans up the next time',
    within((root) => {
      const wanted: CreationRule = { ...AVERAGE, archives: archives([10, 90], [60, 1440]) };
      const first = world(`${root}/0`, AVERAGE);
      fill(first, 2);
      first.store.close();
      const before = readFileSync(first.path);
      first.migrate(wanted);
      const after = readFileSync(first.path);
      let isDone = false;
      for (let call = 1; !isDone; call++) {
        const faulty = new FaultyFiles(nodeFiles);
        const one = world(`${root}/${call}`, AVERAGE, faulty.files);
        one.write(NOW, 0);
        one.store.close();
        writeFileSync(one.path, before);
        one.store.forget(0);
        faulty.killAt(call);
        try {
          one.migrate(wanted);
          isDone = true;
        } catch (error) {
          expect(errorCode(error)).to.equal('KILLED');
        }
        const bytes = readFileSync(one.path);
        expect(bytes.equals(before) || bytes.equals(after), `call ${call}`).to.equal(true);
        const next = world(`${root}/${call}`, wanted);
        next.migrate(wanted);
        expect(readFileSync(next.path).equals(after), `call ${call}`).to.equal(true);
        expect(existsSync(`${next.path}.migrate-new`)).to.equal(false);
      }
    }),
  );

  it(
    'leaves a file alone that it cannot replace, or cannot read',
    within((root) => {
      const faulty = new FaultyFiles(nodeFiles);
      const one = world(root, AVERAGE, faulty.files);
      fill(one, 1);
      one.store.close();
      const before = readFileSync(one.path);
      const openNow = faulty.openNow;
      for (const call of ['write', 'resize', 'rename'] as const) {
        faulty.onCall = (made) => {
          if (made === call) throw Object.assign(new Error(call), { code: 'ENOSPC' });
        };
        expect(() => one.migrate({ ...AVERAGE, method: 'max' }), call).to.throw();
        expect(readFileSync(one.path).equals(before), call).to.equal(true);
        expect(existsSync(`${one.path}.migrate-new`), call).to.equal(false);
        expect(faulty.openNow, call).to.equal(openNow);
      }
      faulty.onCall = () => undefined;
      writeFileSync(one.path, before.subarray(0, 100));
      one.store.forget(0);
      expect(() => one.migrate({ ...AVERAGE, method: 'max' })).to.throw();
      expect(readFileSync(one.path)).to.have.length(100);
    }),
  );
});
