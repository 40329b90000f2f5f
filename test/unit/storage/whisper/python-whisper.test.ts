import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { nodeFiles } from '../../../../src/storage/node-files.js';
import type { CreationRule } from '../../../../src/storage/schemas.js';
import { WhisperStore } from '../../../../src/storage/whisper/store.js';
import { Random } from '../../../support/random.js';
import { withTemporaryFolder } from '../../../support/temporary-folder.js';
import { randomRule, randomTraffic, type Traffic } from '../../../support/whisper-traffic.js';

const PYTHON = '/usr/bin/python3';
const FILES = 300;

/** Writes the traffic of each file with Python's whisper, then fetches every archive of its files and of ours. */
const SCRIPT = `
import json, struct, sys, whisper
answer = []
for f in json.load(sys.stdin):
    rule = f['rule']
    whisper.create(f['theirs'], [(a['secondsPerPoint'], a['points']) for a in rule['archives']],
                   rule['xFilesFactor'], rule['method'])
    for t in f['traffic']:
        whisper.update_many(f['theirs'], [(p[0], float(p[1])) for p in t['points']], t['nowS'])
    now = f['traffic'][-1]['nowS']
    def series(path):
        info = whisper.info(path)
        found = [info['aggregationMethod'], info['xFilesFactor'], info['maxRetention']]
        for a in info['archives']:
            time, values = whisper.fetch(path, now - a['retention'], now, now, a['secondsPerPoint'])
            found.append([list(time), [None if v is None else struct.pack('>d', v).hex() for v in values]])
        return found
    answer.append([series(f['theirs']), series(f['ours'])])
json.dump(answer, sys.stdout)
`;

interface Case {
  readonly id: number;
  readonly rule: CreationRule;
  readonly traffic: readonly Traffic[];
  readonly theirs: string;
  readonly ours: string;
}

describe("Python's whisper", () => {
  it(`reads ${FILES} files of ours as we do, and we those that it writes`, function () {
    this.timeout(120_000);
    if (spawnSync(PYTHON, ['-c', 'import whisper'], { cwd: '/' }).status !== 0) {
      console.log(`  ${PYTHON} has no whisper (package python3-whisper)`);
      this.skip();
    }
    const random = new Random();
    console.log(`  seed ${random.seed}`);
    withTemporaryFolder((folder) => check(folder, random));
  });
});

function check(folder: string, random: Random): void {
  const cases = Array.from({ length: FILES }, (_, id): Case => {
    const rule = randomRule(random);
    return {
      id,
      rule,
      traffic: randomTraffic(random, rule),
      theirs: `${folder}/theirs${id}.wsp`,
      ours: `${folder}/ours${id}.wsp`,
    };
  });
  const coarseRollUpS = random.pick([0, 300, 3_600]);
  let store = openStore(folder, cases, coarseRollUpS);
  for (const one of cases) {
    store = writeOurs(store, one, random, () => openStore(folder, cases, coarseRollUpS));
  }
  rollUpAll(store);
  store.close();

  const { status, stdout, stderr } = spawnSync(PYTHON, ['-c', SCRIPT], {
    cwd: '/',
    input: JSON.stringify(cases, jsonValue),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  expect(status, stderr).to.equal(0);
  const answers = JSON.parse(stdout) as [unknown[], unknown[]][];
  for (const [i, [theirs, ours]] of answers.entries()) {
    const title = JSON.stringify(cases[i].rule);
    expect(ours, `ours, read by Python: ${title}`).to.deep.equal(theirs);
    expect(series(store, cases[i], 'theirs'), `theirs, read by us: ${title}`).to.deep.equal(theirs);
    expect(series(store, cases[i], 'ours'), `ours, read by us: ${title}`).to.deep.equal(theirs);
  }
}

function openStore(root: string, cases: readonly Case[], coarseRollUpS: number): WhisperStore {
  return new WhisperStore({
    files: nodeFiles,
    root,
    schemas: () => ({ match: (name) => cases[Number(name.slice('ours'.length))].rule }),
    openFilesMax: 3,
    sparse: true,
    hashTagged: true,
    deferRollUps: true,
    coarseRollUpS,
  });
}

const nameOf = (id: number): string => `ours${id}`;

/** Into the second archives; what they owe to the others they go on owing. */
function rollUpNext(store: WhisperStore): void {
  expect(store.flushRollUps(store.rollUpMark(), FILES, nameOf)).to.equal(true);
}

function rollUpAll(store: WhisperStore): void {
  rollUpNext(store);
  expect(store.flushOwed(Number.POSITIVE_INFINITY, FILES + 1, nameOf)).to.equal(true);
  expect(store.owingRollUps).to.equal(0);
}

/** As a replica that is killed when its checkpoint has just been saved. */
function restarted(store: WhisperStore, id: number, nowS: number, reopen: () => WhisperStore) {
  rollUpNext(store);
  const owed = store.owedRollUps;
  store.close();
  const next = reopen();
  if (owed !== undefined) next.takeOverOwed(owed, [id], nowS);
  return next;
}

/** @returns the store with which to go on */
function writeOurs(
  first: WhisperStore,
  { id, traffic }: Case,
  random: Random,
  reopen: () => WhisperStore,
): WhisperStore {
  const name = () => nameOf(id);
  const isKilled = random.chance(0.3);
  let store = first;
  // Each file has times of its own, and what is owed is one range of times.
  if (isKilled) rollUpAll(store);
  for (const { nowS, points } of traffic) {
    const timestamps = points.map(([timestamp]) => timestamp);
    const values = points.map(([, value]) => value);
    const { written, droppedTooOld } = store.write(
      id,
      name,
      timestamps,
      values,
      points.length,
      nowS,
    );
    expect(written + droppedTooOld).to.equal(points.length);
    if (random.chance(0.2)) store.flush(id, name);
    if (random.chance(0.2)) rollUpNext(store);
    if (random.chance(0.1)) store.forget(id);
    if (isKilled && random.chance(0.2)) store = restarted(store, id, nowS, reopen);
  }
  return store;
}

/** As the script's `series`. */
function series(store: WhisperStore, { id, traffic }: Case, whose: 'ours' | 'theirs'): unknown[] {
  const nowS = traffic[traffic.length - 1].nowS;
  const name = `${whose}${id}`;
  const header = store.header(undefined, name);
  if (header === null) throw new Error(`${name} is missing`);
  const { aggregationMethod, xFilesFactor, maxRetention, archives } = header;
  const fetched = archives.map(({ secondsPerPoint, points }) => {
    const from = nowS - secondsPerPoint * points;
    const answer = store.fetch(undefined, name, from, nowS, nowS, { secondsPerPoint });
    if (answer === null) throw new Error(`${name} has no answer`);
    const { startS, endS, stepS, values } = answer;
    return [[startS, endS, stepS], Array.from(values, bits)];
  });
  return [aggregationMethod, xFilesFactor, maxRetention, ...fetched];
}

/** The bytes of a number; null where there is no point. */
function bits(value: number): string | null {
  if (Number.isNaN(value)) return null;
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes.toString('hex');
}

/** JSON has neither infinity nor a negative zero; Python's float() takes them as text. */
function jsonValue(_: string, value: unknown): unknown {
  if (value === Number.POSITIVE_INFINITY) return 'inf';
  return Object.is(value, -0) ? '-0.0' : value;
}
