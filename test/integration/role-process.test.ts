import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, openSync, readdirSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { MAIN, runCarbonbus, startCarbonbus } from '../support/carbonbus.js';
import { SmallDisk } from '../support/small-disk.js';

/** Nobody is there: a role waits, and says so after three seconds. */
const NO_SERVER = { CARBONBUS_NATS_URL: 'nats://127.0.0.1:1' };
const WAITING = /waiting for nats-server/;

describe('the process of a role', function () {
  this.timeout(60_000);
  const children: ChildProcess[] = [];

  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  it('stops at Ctrl-C where it has no parent', async () => {
    const { child, said } = startCarbonbus(['run', 'api'], NO_SERVER);
    children.push(child);
    await said(WAITING);
    child.kill('SIGINT');
    expect(await once(child, 'exit')).to.deep.equal([0, null]);
  });

  it('leaves Ctrl-C to its parent, and stops when that is gone', async () => {
    const env = { ...process.env, ...NO_SERVER };
    const child = fork(MAIN, ['run', 'api'], { env, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    children.push(child);
    await once(child.stdout as NodeJS.ReadableStream, 'data');
    child.kill('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(child.exitCode).to.equal(null);
    child.disconnect();
    expect(await once(child, 'exit')).to.deep.equal([0, null]);
  });

  it('stops when its parent was gone before it had started', async () => {
    const env = { ...process.env, ...NO_SERVER };
    const child = fork(MAIN, ['run', 'api'], { env, stdio: 'ignore' });
    children.push(child);
    child.disconnect();
    expect(await once(child, 'exit')).to.deep.equal([0, null]);
  });

  it('goes on where the disk of its log is full, and stops in time', async function () {
    if (!existsSync('/dev/full')) return this.skip();
    const env = { ...process.env, ...NO_SERVER, LOG_LEVEL: 'debug' };
    const child = spawn(process.execPath, [MAIN, 'run', 'api'], {
      env,
      stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
    });
    children.push(child);
    let complaints = '';
    child.stderr?.on('data', (text) => (complaints += text));
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(child.exitCode, complaints).to.equal(null);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).to.deep.equal([0, null]);
    expect(complaints).to.equal('');
  });

  it('names what it is told and cannot use, in one line', async () => {
    const wrong = {
      LOG_LEVEL: 'loud',
      CARBONBUS_NATS_TLS_CA: '/',
      CARBONBUS_NATS_CREDENTIALS: '/',
      CARBONBUS_NATS_INTERFACE: '[',
    };
    for (const [name, value] of Object.entries(wrong)) {
      const env = { ...NO_SERVER, [name]: value };
      const { code, stderr } = await runCarbonbus(['run', 'api'], { env });
      expect(stderr, name).to.match(/^error: [^\n]*\n$/);
      expect(stderr).to.contain(name.replace('CARBONBUS_', ''));
      expect(code, name).to.equal(78);
    }
  });

  it('asks for room where the data folder is on a full disk, and leaves nothing there', async function () {
    const disk = SmallDisk.mount(mkdtempSync(join(tmpdir(), 'carbonbus-full-')), 64 * 1024);
    if (disk === undefined) return this.skip();
    try {
      disk.fill();
      const before = readdirSync(disk.folder);
      const env = { CARBONBUS_LOCAL_DATA_DIR: disk.folder };
      const { code, stderr } = await runCarbonbus(['run', 'node'], { env });
      expect(stderr).to.match(/^error: .*ENOSPC.*: make room .*LOCAL_DATA_DIR\n$/);
      expect(code).to.equal(78);
      expect(readdirSync(disk.folder)).to.deep.equal(before);
    } finally {
      disk.unmount();
      rmdirSync(disk.folder);
    }
  });
});
