import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { nodeFiles } from '../../src/storage/node-files.js';
import type { DiskOutcome, DiskTask } from '../support/disk-replica.js';
import { ALL_WRITTEN_MS, type FakeReplica, opened } from '../support/fake-replica.js';

const PROGRAM = join(import.meta.dirname, '../support/disk-replica.js');
const NOBODY = 65_534;
const ALL = [1, 2, 3];

describe('a replica on a real disk that refuses', function () {
  this.timeout(180_000);
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'carbonbus-bad-disk-'));
  });

  afterEach(() => {
    spawnSync('umount', ['-l', folder], { stdio: 'ignore' });
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs a replica in a process with few file descriptors, or of a user who is nobody. */
  function outcome(task: Partial<DiskTask>, limits: { files?: number; uid?: number }): DiskOutcome {
    const whole: DiskTask = { folder, metrics: ['a.b', 'c.d'], exhaust: false, ...task };
    const command = `ulimit -n ${limits.files ?? 1_000} && exec "$0" "$@"`;
    const args = ['-c', command, process.execPath, PROGRAM, JSON.stringify(whole)];
    const { stdout, stderr, status } = spawnSync('bash', args, {
      encoding: 'utf8',
      timeout: 50_000,
      ...(limits.uid !== undefined && { uid: limits.uid }),
    });
    if (status !== 0) throw new Error(`the replica ended with ${status}: ${stderr}`);
    return JSON.parse(stdout);
  }

  async function onDisk(): Promise<FakeReplica> {
    return opened({ disk: nodeFiles, folder });
  }

  async function write(replica: FakeReplica, names: string[], value: number): Promise<void> {
    replica.append(...names.map((name): [string, number, number] => [name, replica.nowS, value]));
    await replica.pass(ALL_WRITTEN_MS, 500);
  }

  async function values(replica: FakeReplica, name: string): Promise<number[]> {
    return (await replica.fetch(name, 120)).map(([, value]) => value);
  }

  it('has more metrics than descriptors: it lets go of open files and goes on', () => {
    const metrics = Array.from({ length: 150 }, (_, i) => `many.m${i}`);
    const { afterwards, values, errors } = outcome({ metrics }, { files: 100 });
    expect(afterwards).to.deep.equal({ state: 'live', queuePoints: 0, checkpoint: 3 });
    expect(values).to.deep.equal(metrics.map(() => ALL));
    expect(errors).to.equal(0);
  });

  it('has no descriptor at all (EMFILE): it is degraded, and loses nothing', () => {
    const { meanwhile, afterwards, values, errors } = outcome({ exhaust: true }, { files: 100 });
    expect(meanwhile).to.deep.equal({ state: 'degraded', checkpoint: 0 });
    expect(afterwards).to.deep.equal({ state: 'live', queuePoints: 0, checkpoint: 3 });
    expect(values).to.deep.equal([ALL, ALL]);
    expect(errors).to.be.greaterThan(0);
  });

  it('may not write to one folder (EACCES): the others are written, its points stay readable', function () {
    if (process.getuid?.() !== 0) {
      console.log('  skipping: to be another user needs root');
      this.skip();
    }
    chmodSync(folder, 0o755);
    mkdirSync(join(folder, 'whisper/locked'), { recursive: true });
    for (const below of ['', 'whisper']) chownSync(join(folder, below), NOBODY, NOBODY);
    chmodSync(join(folder, 'whisper/locked'), 0o755);
    const metrics = [...Array.from({ length: 50 }, (_, i) => `locked.m${i}`), 'a.b'];
    const { afterwards, values, errors, logged } = outcome({ metrics }, { uid: NOBODY });
    expect(afterwards).to.deep.equal({ state: 'live', queuePoints: 150, checkpoint: 0 });
    expect(values).to.deep.equal(metrics.map(() => ALL));
    expect(errors).to.be.at.least(50);
    expect(logged).to.equal(20);
    expect(readdirSync(join(folder, 'whisper/a'))).to.deep.equal(['b.wsp']);
  });

  it('may not read one folder (EACCES): it says so and serves the rest', function () {
    if (process.getuid?.() !== 0) {
      console.log('  skipping: to be another user needs root');
      this.skip();
    }
    mkdirSync(join(folder, 'whisper/secret'), { recursive: true });
    for (const below of ['', 'whisper']) chownSync(join(folder, below), NOBODY, NOBODY);
    chmodSync(join(folder, 'whisper/secret'), 0o700);
    const { afterwards, values, logged } = outcome({}, { uid: NOBODY });
    expect(afterwards).to.deep.equal({ state: 'live', queuePoints: 0, checkpoint: 3 });
    expect(values).to.deep.equal([ALL, ALL]);
    expect(logged).to.equal(1);
  });

  it('is read-only (EROFS): the shard is degraded, answers, and goes on by itself', async function () {
    try {
      execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', folder], { stdio: 'ignore' });
    } catch {
      console.log('  skipping: mounting a file system needs root');
      this.skip();
    }
    const replica = await onDisk();
    await write(replica, ['a.b'], 1);
    // A descriptor that is open for writing keeps the file system from being read-only.
    replica.runner.replica.abandon();
    execFileSync('mount', ['-o', 'remount,ro', folder]);
    const { clock, log } = replica;
    const again = await opened({ disk: nodeFiles, folder, clock, log });
    await write(again, ['a.b', 'c.d'], 2);
    expect(again.runner.report().state).to.equal('degraded');
    expect(await values(again, 'a.b')).to.deep.equal([1, 2]);
    expect(await values(again, 'c.d')).to.deep.equal([2]);
    expect(await again.find('*')).to.deep.equal(['a', 'c']);
    execFileSync('mount', ['-o', 'remount,rw', folder]);
    await again.pass(12_000, 500);
    expect(again.runner.report()).to.include({ state: 'live', queuePoints: 0 });
    expect(await values(again, 'c.d')).to.deep.equal([2]);
    again.runner.replica.abandon();
  });

  it('has a folder in the place of a file: it is put aside, and the file is made', async () => {
    mkdirSync(join(folder, 'whisper/a/b.wsp'), { recursive: true });
    const replica = await onDisk();
    await write(replica, ['a.b', 'c.d'], 1);
    expect(replica.runner.report()).to.include({ state: 'live', queuePoints: 0, checkpoint: 1 });
    expect(await values(replica, 'a.b')).to.deep.equal([1]);
    expect(readdirSync(join(folder, 'whisper/a')).join()).to.match(/^b\.wsp,b\.wsp\.corrupt-\d+$/);
    replica.runner.replica.abandon();
  });

  it('takes no name of that length (ENAMETOOLONG): the points are counted, the others are written', async () => {
    const replica = await onDisk();
    await write(replica, [`a.${'x'.repeat(300)}`, 'a.b'], 1);
    expect(replica.runner.report()).to.include({ state: 'live', queuePoints: 0, checkpoint: 1 });
    expect(replica.runner.replica.writer.counters).to.include({ droppedUnstorable: 1, errors: 1 });
    expect(await values(replica, 'a.b')).to.deep.equal([1]);
    replica.runner.replica.abandon();
  });
});
