import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { connect } from 'nats';
import {
  type ProcessSupervisor,
  superviseProcess,
} from '../../src/actors/supervision/process-supervisor.js';
import { loadSettings, type Settings } from '../../src/config/settings.js';
import { childProcesses } from '../../src/edge/child-process.js';
import { systemClock } from '../../src/edge/clock.js';
import { findNatsServer, prepareNatsServer, type ServerFiles } from '../../src/edge/nats-server.js';
import { errorCode, errorText } from '../../src/errors.js';
import { freePort } from '../support/free-port.js';
import { requireNatsServer } from '../support/nats-server.js';

const files: ServerFiles = {
  makeFolder: (path) => void mkdirSync(path, { recursive: true }),
  writePrivate: (path, text) => writeFileSync(path, text, { mode: 0o600 }),
  read: (path) => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return undefined;
    }
  },
};

const PASSWORDS = { cluster: 'secret', leaf: 'leaf', route: 'route' };

async function settingsIn(folder: string): Promise<Settings> {
  const [port, monitorPort] = [await freePort(), await freePort()];
  const text = `[nats]\nNATS_PORT=${port}\nNATS_MONITOR_PORT=${monitorPort}\n[cache]\nLOCAL_DATA_DIR=${folder}`;
  const loaded = loadSettings({ folder: '', env: {}, read: () => text });
  if ('errors' in loaded) throw new Error(loaded.errors.join('\n'));
  return loaded.settings;
}

/** A connection to the nats-server of these settings, made as soon as it answers. */
async function connected(settings: Settings, name: string) {
  for (;;) {
    try {
      const servers = [...settings.nats.urls];
      return await connect({ servers, name, user: 'carbonbus', pass: PASSWORDS.cluster });
    } catch (error) {
      if (errorCode(error) !== 'CONNECTION_REFUSED') throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

describe('role nats', function () {
  this.timeout(180_000);
  let folder: string;
  let settings: Settings;
  let supervisor: ProcessSupervisor | undefined;
  const lines: string[] = [];

  const prepare = (env: Record<string, string | undefined> = process.env) =>
    prepareNatsServer({
      name: 'nats',
      passwords: PASSWORDS,
      settings,
      env,
      files,
      log: (line) => lines.push(line),
    });
  const start = async (): Promise<ProcessSupervisor> => {
    supervisor = superviseProcess(await prepare(), {
      processes: childProcesses,
      clock: systemClock,
      log: (line) => lines.push(line),
    });
    return supervisor;
  };

  beforeEach(async function () {
    await requireNatsServer(this);
    folder = mkdtempSync(join(tmpdir(), 'carbonbus-role-'));
    settings = await settingsIn(folder);
    lines.length = 0;
  });

  afterEach(async () => {
    supervisor?.stop();
    await supervisor?.finished;
    supervisor = undefined;
    rmSync(folder, { recursive: true, force: true });
  });

  it('runs a nats-server with JetStream, again after it was killed, and keeps what it stored', async () => {
    const { finished, ...rest } = await start();
    const connection = await connected(settings, 'carbonbus test');
    const manager = await connection.jetstreamManager();
    await manager.streams.add({ name: 'KEPT', subjects: ['kept'] });
    const ack = await connection.jetstream().publish('kept', 'a point');
    expect(ack.seq).to.equal(1);
    process.kill(supervisor?.childPid as number, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(lines.at(-1)).to.match(/^nats-server: was killed by SIGKILL; started again in 100 ms/);
    const again = await connected(settings, 'carbonbus test');
    const { state } = await (await again.jetstreamManager()).streams.info('KEPT');
    expect(state.messages).to.equal(1);
    await again.close();
    await connection.close();
    rest.stop();
    expect(await finished).to.equal(0);
  });

  it('is stopped when the last connection of the cluster is closed', async () => {
    const { stop, finished } = await start();
    const ours = await connected(settings, 'carbonbus relay');
    const foreign = await connected(settings, 'somebody else');
    stop();
    await new Promise((resolve) => setTimeout(resolve, 500));
    await ours.flush();
    const closedAtMs = Date.now();
    await ours.close();
    expect(await finished).to.equal(0);
    expect(Date.now() - closedAtMs).to.be.lessThan(2000);
    await foreign.close();
  });

  it('names the setting when it cannot run', async () => {
    const failure = async (env?: Record<string, string>): Promise<string> =>
      prepare(env).then(() => 'none', errorText);
    const taken = createServer().listen(settings.nats.port, '127.0.0.1');
    await once(taken, 'listening');
    expect(await failure()).to.match(/port \d+\/tcp on 127.0.0.1 is in use: .* NATS_PORT$/);
    taken.close();
    await once(taken, 'close');
    expect(await failure({ NATS_SERVER_BIN: '/bin/false' })).to.match(
      /NATS_SERVER_BIN.*\/bin\/false/,
    );
    rmSync(join(folder, 'nats'), { recursive: true });
    writeFileSync(join(folder, 'nats'), 'a file where a folder should be');
    expect(await failure()).to.match(/^cannot write in .*LOCAL_DATA_DIR$/);
  });

  it('stops a nats-server that was left over from an earlier run', async () => {
    const stray = await spawnStray();
    const { finished, stop } = await start();
    expect(lines[0]).to.equal(
      `nats-server: process ${stray.pid} was left over from an earlier run and is stopped`,
    );
    await (await connected(settings, 'carbonbus test')).close();
    expect(stray.exitCode).not.to.equal(null);
    stop();
    expect(await finished).to.equal(0);
  });

  it('leaves no nats-server behind when the parent is killed', async function () {
    if (spawnSync('setpriv', ['--version']).error !== undefined) return this.skip();
    const command = JSON.stringify((await prepare()).command);
    const edge = new URL('../../src/edge/child-process.js', import.meta.url);
    const script = `import { childProcesses } from '${edge}'; childProcesses.spawn(${command});`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script]);
    const connection = await connected(settings, 'carbonbus test');
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    while (!(await failsToConnect())) await new Promise((resolve) => setTimeout(resolve, 50));
    await connection.close();
  });

  async function failsToConnect(): Promise<boolean> {
    return connect({ servers: [...settings.nats.urls], reconnect: false }).then(
      (connection) => connection.close().then(() => false),
      () => true,
    );
  }

  /** A nats-server on our folder whose parent is none of ours, as after a kill -9 without setpriv. */
  async function spawnStray(): Promise<ChildProcess> {
    await prepare();
    const { file } = await findNatsServer(process.env);
    const stray = spawn(file, ['-c', join(folder, 'nats', 'nats-server.conf')]);
    await (await connected(settings, 'carbonbus test')).close();
    lines.length = 0;
    return stray;
  }
});
