import { expect } from 'chai';
import { nodeFiles } from '../../../../src/storage/node-files.js';
import type { WhisperStore, WhisperStoreOptions } from '../../../../src/storage/whisper/store.js';
import { WhisperFiles } from '../../../../src/storage/whisper/whisper-files.js';
import { FaultyFiles } from '../../../support/faulty-files.js';
import { withTemporaryFolder } from '../../../support/temporary-folder.js';
import { archives, openStore } from '../../../support/test-store.js';

const START = 1_500_000_000;
const ROUNDS = 12;
const METRICS = 3;
const RULE = {
  archives: archives([10, 12], [60, 20], [300, 30]),
  xFilesFactor: 0.3,
  method: 'sum',
} as const;
const END = START + ROUNDS * 25;
const nameOf = (id: number) => `a.m${id}`;
type RollUps = Partial<WhisperStoreOptions>;
const MODES: Record<string, RollUps> = {
  'roll-ups at once': { deferRollUps: false },
  'deferred roll-ups': { deferRollUps: true },
  'those of coarse archives owed': { deferRollUps: true, coarseRollUpS: 100 },
};

describe('WhisperStore asked for names that no file can have', () => {
  it('has no such metric', () => {
    withTemporaryFolder((root) => {
      const store = openFaulty(root, new FaultyFiles(nodeFiles), {});
      for (const name of ['x'.repeat(300), 'a.'.repeat(5_000), 'a\0b', `${'\\'.repeat(9_000)}`]) {
        expect(store.fetch(undefined, name, START, END, END), name.slice(0, 20)).to.equal(null);
        expect(store.header(undefined, name), name.slice(0, 20)).to.equal(null);
      }
    });
  });
});

describe('WhisperStore on a bad disk', function () {
  this.timeout(60_000);
  for (const [mode, roll] of Object.entries(MODES)) {
    it(`ends with the same points whichever call fails (${mode})`, () => {
      const { state, calls } = undisturbed(roll);
      for (let call = 1; call <= calls; call++) {
        withTemporaryFolder((root) => {
          const faulty = new FaultyFiles(nodeFiles);
          const store = openFaulty(root, faulty, roll);
          faulty.failAt(call, 'EIO');
          run(store, insist);
          expect(stateOf(root), `call ${call}`).to.deep.equal(state);
          expect(store.counters.errors, `call ${call}`).to.be.at.most(1);
        });
      }
    });

    it(`ends with the same points when killed at any call and fed again (${mode})`, () => {
      const { state, calls } = undisturbed(roll);
      for (let call = 1; call <= calls; call++) {
        withTemporaryFolder((root) => {
          const faulty = new FaultyFiles(nodeFiles);
          faulty.killAt(call);
          expect(() => run(openFaulty(root, faulty, roll), once), `call ${call}`).to.throw();
          checkReadable(root);
          run(openFaulty(root, new FaultyFiles(nodeFiles), roll), once);
          expect(stateOf(root), `call ${call}`).to.deep.equal(state);
        });
      }
    });
  }
});

function openFaulty(root: string, faulty: FaultyFiles, roll: RollUps): WhisperStore {
  return openStore(root, { files: faulty.files, rule: RULE, openFilesMax: 2, ...roll });
}

/** Writes all rounds of all metrics, some late, and rolls up. */
function run(store: WhisperStore, attempt: (step: () => void) => void): void {
  for (let round = 0; round < ROUNDS; round++) {
    const nowS = START + round * 25;
    for (let id = 0; id < METRICS; id++) {
      const late = round === 8 ? 700 : 0;
      const timestamps = [nowS - 10, nowS - late];
      attempt(() => store.write(id, () => nameOf(id), timestamps, [round, id], 2, nowS));
    }
    if (round === 3) store.rollUpOnOpening(store.rollUpMark());
    if (round === 5) attempt(() => flush(store));
  }
  attempt(() => flush(store));
  attempt(() => store.flushOwed(Number.POSITIVE_INFINITY, 100, nameOf));
  store.close();
}

function flush(store: WhisperStore): void {
  store.flushRollUps(store.rollUpMark(), 100, nameOf);
}

function once(step: () => void): void {
  step();
}

/** As a shard does: what failed is tried again. */
function insist(step: () => void): void {
  try {
    step();
  } catch {
    step();
  }
}

function undisturbed(roll: RollUps): { state: unknown; calls: number } {
  return withTemporaryFolder((root) => {
    const faulty = new FaultyFiles(nodeFiles);
    run(openFaulty(root, faulty, roll), once);
    return { state: stateOf(root), calls: faulty.calls };
  });
}

/** All that the files answer. */
function stateOf(root: string): unknown {
  const whisper = new WhisperFiles(nodeFiles);
  return Array.from({ length: METRICS }, (_, id) =>
    RULE.archives.map(({ secondsPerPoint, points }) => {
      const from = END - secondsPerPoint * points;
      const path = `${root}/a/m${id}.wsp`;
      return [...(whisper.fetch(path, from, END, END, secondsPerPoint)?.values ?? [])];
    }),
  );
}

/** Whatever is there by the name of a whisper file can be read. */
function checkReadable(root: string): void {
  const whisper = new WhisperFiles(nodeFiles);
  for (const path of openStore(root).names()) {
    expect(whisper.fetch(`${root}/${path}`, END - 100, END, END)).not.to.equal(null);
  }
}
