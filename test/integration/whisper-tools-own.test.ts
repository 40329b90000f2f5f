import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ToolRun } from '../support/debian-whisper.js';
import { ourResult } from '../support/our-whisper-tools.js';
import { writeWhisperFixtures } from '../support/whisper-fixtures.js';
import { whisperSlots } from '../support/whisper-slots.js';
import { NOW, of, runOf } from '../support/whisper-tool-cases.js';

describe("whisper's tools", function () {
  this.timeout(180_000);
  let folder: string;
  let fixture: string;
  let copies = 0;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'carbonbus-tools-'));
    fixture = join(folder, 'fixture');
    mkdirSync(fixture);
    writeWhisperFixtures(fixture, NOW);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** A run in a folder of its own. */
  function fresh(...words: string[]): ToolRun {
    const copy = join(folder, `copy-${copies++}`);
    cpSync(fixture, copy, { recursive: true });
    return runOf(of(...words), copy);
  }

  describe('that differ on purpose', () => {
    it('whisper-resize to an archive of no points leaves everything as it was', async () => {
      const run = fresh('whisper-resize', 'sum.wsp', '60:0');
      const before = readdirSync(run.folder);
      expect((await ourResult(run)).code).to.equal(1);
      expect(readdirSync(run.folder)).to.deep.equal(before);
    });

    it('whisper-resize --aggregate works', async () => {
      const words = ['whisper-resize', '--aggregate', 'sum.wsp', '60:120', '300:100'];
      const run = fresh(...words, '--nobackup');
      const { code, stdout, stderr } = await ourResult(run);
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
      expect(stdout.split('\n')).to.deep.equal([
        'Retrieving all data from the archives',
        'Creating new whisper database: sum.wsp.tmp',
        'Created: sum.wsp.tmp (2680 bytes)',
        'Migrating data with aggregation...',
        'Renaming old database to: sum.wsp.bak',
        'Renaming new database to: sum.wsp',
        'Unlinking backup: sum.wsp.bak',
        '',
      ]);
      expect(readdirSync(run.folder).filter((name) => name.startsWith('sum.'))).to.deep.equal([
        'sum.wsp',
      ]);
      expect(whisperSlots(join(run.folder, 'sum.wsp'))[1].size).to.be.greaterThan(5);
    });

    it('whisper-create --overwrite keeps the file when the new one would not do', async () => {
      const run = fresh('whisper-create', '--overwrite', 'a.wsp', '10:60', '15:60');
      expect((await ourResult(run)).code).to.equal(1);
      expect(readFileSync(join(run.folder, 'a.wsp'))).to.deep.equal(
        readFileSync(join(fixture, 'a.wsp')),
      );
    });

    it('whisper-fetch refuses a file that is cut off', async () => {
      const { code, stdout, stderr } = await ourResult(fresh('whisper-fetch', 'data-cut.wsp'));
      expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
      expect(stderr).to.match(/^\[ERROR\] data-cut\.wsp: it is truncated/);
    });

    it('whisper-dump --raw prints what whisper-update takes', async () => {
      const { stdout } = await ourResult(fresh('whisper-dump', '--raw', 'single.wsp'));
      const lines = stdout.trimEnd().split('\n');
      expect(lines.length).to.equal(50);
      expect(lines[0]).to.equal('1700002440:0.0078125');
      expect(lines[1]).to.equal('0:0');
    });

    it('find-corrupt-whisper-files goes on after a link that leads nowhere', async () => {
      const run = fresh('find-corrupt-whisper-files', '--verbose', '.');
      symlinkSync('nowhere', join(run.folder, 'sub', 'link.wsp'));
      symlinkSync('other', join(run.folder, 'sub', 'folder.wsp'));
      const { code, stdout, stderr } = await ourResult(run);
      expect(code).to.equal(0);
      expect(stdout).to.include('sub/other/z.wsp: 280 points');
      expect(stderr).not.to.include('link.wsp').and.not.to.include('folder.wsp');
    });
  });

  describe('as a program', () => {
    const carbonbus = (...args: string[]) =>
      spawnSync(process.execPath, ['dist/src/main.js', ...args], { encoding: 'utf8' });

    it('runs, and ends with the exit code of the tool', () => {
      const { status, stdout } = carbonbus('whisper-info', join(fixture, 'a.wsp'), 'maxRetention');
      expect({ status, stdout }).to.deep.equal({ status: 0, stdout: '60000\n' });
      expect(carbonbus('whisper-info', join(fixture, 'foreign.wsp')).status).to.equal(1);
      expect(carbonbus('whisper-dump').status).to.equal(2);
    });

    it('goes by the clock', () => {
      const path = join(folder, 'clock.wsp');
      expect(carbonbus('whisper-create', path, '1:60').status).to.equal(0);
      expect(carbonbus('whisper-update', path, 'N:17.5').status).to.equal(0);
      const { stdout } = carbonbus('whisper-fetch', '--drop', 'nulls', path);
      expect(stdout).to.match(/^\d+\t17\.500000\n$/);
    });

    it('ends when nobody reads on', () => {
      const path = join(folder, 'long.wsp');
      expect(carbonbus('whisper-create', path, '1:100000').status).to.equal(0);
      const dump = `"${process.execPath}" dist/src/main.js whisper-dump "${path}"`;
      const script = `${dump} | head -n 1; echo "\${PIPESTATUS[0]}"; ${dump} | (sleep 0.2; tail -n 1)`;
      const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
      expect(stderr).to.equal('');
      expect(stdout).to.equal('Meta data:\n141\n99999: 0,          0\n');
    });
  });
});
