import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { freePort } from '../support/free-port.js';
import { requireNatsServer } from '../support/nats-server.js';
import { pathsUnder } from '../support/source-files.js';

/** Everything that `npm start` runs, on free ports and in a temporary folder. */
async function freeEnvironment(folder: string): Promise<Record<string, string>> {
  const [line, udp, pickle, protobuf, post, query, http, nats, monitor] = await Promise.all(
    Array.from({ length: 9 }, freePort),
  );
  return {
    CARBONBUS_LOCAL_DATA_DIR: folder,
    CARBONBUS_LINE_RECEIVER_PORT: `${line}`,
    CARBONBUS_UDP_RECEIVER_PORT: `${udp}`,
    CARBONBUS_PICKLE_RECEIVER_PORT: `${pickle}`,
    CARBONBUS_PROTOBUF_RECEIVER_PORT: `${protobuf}`,
    CARBONBUS_HTTP_RECEIVER_PORT: `${post}`,
    CARBONBUS_CACHE_QUERY_PORT: `${query}`,
    CARBONBUS_HTTP_PORT: `${http}`,
    CARBONBUS_NATS_PORT: `${nats}`,
    CARBONBUS_NATS_MONITOR_PORT: `${monitor}`,
  };
}

class Start {
  output = '';
  readonly process: ChildProcess;

  constructor(env: Record<string, string>) {
    this.process = spawn(process.execPath, ['scripts/start.mjs'], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.process.stdout, this.process.stderr])
      stream?.on('data', (chunk) => (this.output += chunk));
  }

  async printed(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      if (this.process.exitCode !== null) throw new Error(`ended early:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async exitCode(): Promise<number | null> {
    if (this.process.exitCode === null && this.process.signalCode === null)
      await once(this.process, 'exit');
    return this.process.exitCode;
  }
}

async function listens(port: string): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(true));
    server.listen(Number(port), '127.0.0.1', () => server.close(() => resolve(false)));
  });
}

describe('npm start', function () {
  this.timeout(180_000);
  let folder: string;
  let env: Record<string, string>;
  let start: Start | undefined;

  before(async function () {
    await requireNatsServer(this);
  });
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'carbonbus-start-'));
    env = await freeEnvironment(folder);
  });
  afterEach(async () => {
    start?.process.kill('SIGTERM');
    await start?.exitCode();
    rmSync(folder, { recursive: true, force: true });
  });

  it('runs the local cluster, stops all of it within 10 s, and starts again on what is there', async () => {
    for (const round of ['first', 'second']) {
      start = new Start(env);
      await start.printed('carbonbus is ready');
      expect(start.output, round).to.contain(`127.0.0.1:${env.CARBONBUS_LINE_RECEIVER_PORT}`);
      const stoppedAtMs = Date.now();
      start.process.kill('SIGINT');
      await new Promise((resolve) => setTimeout(resolve, 100));
      start.process.kill('SIGINT');
      expect(await start.exitCode(), `${round}:\n${start.output}`).to.equal(0);
      expect(Date.now() - stoppedAtMs).to.be.lessThan(10_000);
      for (const name of Object.keys(env).filter((key) => key.endsWith('PORT')))
        expect(await listens(env[name]), name).to.equal(false);
    }
    expect(pathsUnder(join(folder, 'nats', 'jetstream'))).not.to.have.length(0);
  });

  it('leaves nothing running when it is killed', async () => {
    start = new Start(env);
    await start.printed('carbonbus is ready');
    start.process.kill('SIGKILL');
    const deadlineMs = Date.now() + 12_000;
    while ((await listens(env.CARBONBUS_NATS_PORT)) && Date.now() < deadlineMs)
      await new Promise((resolve) => setTimeout(resolve, 100));
    for (const name of Object.keys(env).filter((key) => key.endsWith('PORT')))
      expect(await listens(env[name]), name).to.equal(false);
  });

  it('says in one line each what is wrong, and names the setting', async () => {
    const complaint = async (wrong: Record<string, string>): Promise<string> => {
      start = new Start({ ...env, ...wrong });
      expect(await start.exitCode(), start.output).to.equal(78);
      const lines = start.output.split('\n').filter((line) => line.startsWith('carbonbus: '));
      expect(lines, start.output).to.have.length(1);
      return lines[0];
    };
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const port = `${(taken.address() as AddressInfo).port}`;
    expect(await complaint({ CARBONBUS_HTTP_PORT: port })).to.contain('HTTP_PORT');
    taken.close();
    const file = join(folder, 'file');
    writeFileSync(file, '');
    for (const none of [file, '/proc/no/such'])
      expect(await complaint({ CARBONBUS_LOCAL_DATA_DIR: none })).to.contain('LOCAL_DATA_DIR');
    expect(await complaint({ NATS_SERVER_BIN: '/nowhere' })).to.contain('NATS_SERVER_BIN');
    expect(await complaint({ CARBONBUS_SHARDS: 'many' })).to.contain('CARBONBUS_SHARDS');
  });
});
