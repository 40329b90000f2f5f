import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { debianResults, type ToolResult, type ToolRun } from '../support/debian-whisper.js';
import { ourResult } from '../support/our-whisper-tools.js';
import { requireProgram } from '../support/programs.js';
import { writeWhisperFixtures } from '../support/whisper-fixtures.js';
import { differences, whisperSlots } from '../support/whisper-slots.js';
import { type Case, CHANGING, NOW, READING, runOf, WRONG } from '../support/whisper-tool-cases.js';

/** The text with the folder of the run left out; where files are listed, in order. */
function comparable(text: string, { folder, tool }: ToolRun): string {
  const neutral = text.replaceAll(folder, '.');
  if (tool !== 'find-corrupt-whisper-files') return neutral;
  return neutral.split('\n').sort().join('\n');
}

function expectSameFiles(ours: string, debian: string): void {
  const names = (folder: string) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  expect(names(ours)).to.deep.equal(names(debian));
  for (const name of names(ours).filter((one) => /\.wsp(\.|$)/.test(one))) {
    const [a, b] = [ours, debian].map((folder) => readFileSync(join(folder, name)));
    if (a.equals(b)) continue;
    // The first roll-ups of an archive lie in the order of Python's sets: the same points, elsewhere in the ring.
    const headers = [a, b].map((bytes) => bytes.toString('hex', 0, bytes.readUInt32BE(16)));
    expect(headers[0], name).to.equal(headers[1]);
    const slots = [ours, debian].map((folder) => whisperSlots(join(folder, name)));
    expect(differences(slots[0], slots[1], 10), name).to.deep.equal([]);
  }
}

describe("whisper's tools, compared with Debian's", function () {
  this.timeout(180_000);
  let folder: string;
  let fixture: string;

  before(function () {
    requireProgram(this, 'whisper-info', 'python3-whisper');
    folder = mkdtempSync(join(tmpdir(), 'carbonbus-tools-'));
    fixture = join(folder, 'fixture');
    mkdirSync(fixture);
    writeWhisperFixtures(fixture, NOW);
  });
  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  /** A folder with what the words of a case name, and what an earlier resize left of it. */
  function copyOf(name: string, { words }: Case): string {
    const copy = join(folder, name);
    if (existsSync(copy)) return copy;
    mkdirSync(copy);
    const isFind = words[0] === 'find-corrupt-whisper-files';
    const wanted = readdirSync(fixture).filter(
      (one) => isFind || words.includes(one.replace(/\.tmp$/, '')),
    );
    for (const one of wanted) cpSync(join(fixture, one), join(copy, one), { recursive: true });
    return copy;
  }

  /** A test for each case; the programs of Debian run in one go. */
  function compare(
    cases: readonly Case[],
    folderOf: (whose: string, i: number) => string,
    expectSame: (ours: ToolResult, debian: ToolResult, runs: [ToolRun, ToolRun]) => void,
  ): void {
    const runs = () => cases.map((one, i) => runOf(one, folderOf('debian', i)));
    let debian: { runs: ToolRun[]; results: ToolResult[] } | undefined;
    for (const [i, one] of cases.entries()) {
      it(`${one.zone ?? ''} ${one.words.join(' ')}`.trim(), async () => {
        debian ??= { runs: runs(), results: debianResults(runs()) };
        const run = runOf(one, folderOf('ours', i));
        expectSame(await ourResult(run), debian.results[i], [run, debian.runs[i]]);
      });
    }
  }

  function expectSameOutput(
    ours: ToolResult,
    debian: ToolResult,
    [run, debianRun]: [ToolRun, ToolRun],
  ): void {
    expect(ours.stdout).not.to.match(/^Usage/);
    expect(comparable(ours.stdout, run)).to.equal(comparable(debian.stdout, debianRun));
    expect(ours.code, ours.stderr + debian.stderr).to.equal(debian.code);
    expect(ours.stderr === '', ours.stderr).to.equal(debian.stderr === '');
  }

  describe('that read', () => {
    compare(READING, () => fixture, expectSameOutput);
  });

  describe('that write', () => {
    const folderOf = (whose: string, i: number) => copyOf(`${whose}-${i}`, CHANGING[i]);
    compare(CHANGING, folderOf, (ours, debian, runs) => {
      expectSameOutput(ours, debian, runs);
      if (runs[0].tool === 'find-corrupt-whisper-files')
        expect(comparable(ours.stderr, runs[0])).to.equal(comparable(debian.stderr, runs[1]));
      expectSameFiles(runs[0].folder, runs[1].folder);
    });
  });

  describe('that are called wrongly', () => {
    compare(
      WRONG,
      () => fixture,
      (ours, debian) => {
        expect(ours.code, ours.stderr).to.equal(debian.code);
        const whereHelpIs = ({ stdout, stderr }: ToolResult) =>
          [stdout, stderr].map((text) => /^usage: /im.test(text));
        expect(whereHelpIs(ours)).to.deep.equal(whereHelpIs(debian));
      },
    );
  });
});
