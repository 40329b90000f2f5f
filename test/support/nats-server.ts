import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findNatsServer, type NatsServerBinary } from '../../src/edge/nats-server.js';
import { LOOPBACK, natsServerConfig } from '../../src/edge/nats-server-config.js';
import { CarbonbusError } from '../../src/errors.js';
import { freePort } from './free-port.js';

const READY_TIMEOUT_MS = 20_000;

/** The nats-server of this machine; without one the test or suite that asks is skipped, with a line that says so. */
export async function requireNatsServer(context: Mocha.Context): Promise<NatsServerBinary> {
  try {
    return await findNatsServer(process.env);
  } catch (error) {
    if (!(error instanceof CarbonbusError)) throw error;
    console.log(`  skipping: ${error.message}`);
    return context.skip();
  }
}

/** A real nats-server with JetStream for one test, on a free port and in a temporary folder. */
export class NatsServerUnderTest {
  readonly folder: string;
  readonly port: number;
  readonly monitorPort: number;
  readonly #file: string;
  #process: ChildProcess | undefined;

  private constructor(file: string, folder: string, port: number, monitorPort: number) {
    this.#file = file;
    this.folder = folder;
    this.port = port;
    this.monitorPort = monitorPort;
  }

  /** Starts a server and waits until it accepts connections. Call it from a test or a `before` hook. */
  static async start(context: Mocha.Context): Promise<NatsServerUnderTest> {
    const { file, version } = await requireNatsServer(context);
    const folder = mkdtempSync(join(tmpdir(), 'carbonbus-nats-'));
    const [port, monitorPort] = [await freePort(), await freePort()];
    writeFileSync(
      join(folder, 'nats-server.conf'),
      natsServerConfig({
        version,
        serverName: 'test',
        datacentre: 'dc1',
        host: LOOPBACK,
        port,
        monitorPort,
        folder,
        fileStoreMaxBytes: 10 * 2 ** 30,
        syncIntervalMs: 120_000,
        users: [],
      }),
    );
    const server = new NatsServerUnderTest(file, folder, port, monitorPort);
    await server.restart();
    return server;
  }

  get url(): string {
    return `nats://${LOOPBACK}:${this.port}`;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Starts the server again on its port and folder, and waits until it accepts connections. */
  async restart(): Promise<void> {
    await this.#end('SIGTERM');
    const server = spawn(this.#file, ['-c', join(this.folder, 'nats-server.conf')], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    this.#process = server;
    running.add(server);
    server.once('exit', () => running.delete(server));
    const deadlineMs = Date.now() + READY_TIMEOUT_MS;
    while (!(await accepts(this.port))) {
      if (server.exitCode !== null || Date.now() > deadlineMs)
        throw new Error(`nats-server did not start: see ${this.folder}/nats-server.log`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** The server is gone when this resolves, as after a crash; its folder stays for `restart`. */
  async kill9(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Ends the server in order and removes its folder. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Stops or resumes the process, which then neither answers nor dies. */
  freeze(frozen: boolean): void {
    this.#process?.kill(frozen ? 'SIGSTOP' : 'SIGCONT');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const server = this.#process;
    this.#process = undefined;
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    server.kill(signal);
    await once(server, 'exit');
  }
}

/** Whatever a failed test left running ends with the test run. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const server of running) server.kill('SIGKILL');
});

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, LOOPBACK);
    socket.once('error', () => resolve(false));
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

/** Resolves when a nats-server greets on this port. */
export async function untilAccepts(port: number): Promise<void> {
  const deadlineMs = Date.now() + READY_TIMEOUT_MS;
  while (!(await accepts(port))) {
    if (Date.now() > deadlineMs) throw new Error(`no nats-server listens on port ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
