import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ProcessSupervisor,
  superviseProcess,
} from '../../src/actors/supervision/process-supervisor.js';
import { loadSettings, type Settings } from '../../src/config/settings.js';
import { childProcesses } from '../../src/edge/child-process.js';
import { systemClock } from '../../src/edge/clock.js';
import { natsPasswords } from '../../src/edge/nats-passwords.js';
import { prepareNatsServer } from '../../src/edge/nats-server.js';
import { privateFiles } from '../../src/storage/private-files.js';
import { freePort } from './free-port.js';
import { requireNatsServer, untilAccepts } from './nats-server.js';

/** The nats-server of `carbonbus nats`, without any other process of a cluster. */
export class NatsRoleUnderTest {
  readonly folder: string;
  readonly settings: Settings;
  readonly lines: string[] = [];
  #supervisor: ProcessSupervisor | undefined;

  private constructor(folder: string, settings: Settings) {
    this.folder = folder;
    this.settings = settings;
  }

  /** Runs the server with these lines in its `[nats]`; `prepare` may put files into the folder before. */
  static async start(
    context: Mocha.Context,
    nats: (folder: string) => readonly string[],
    prepare: (folder: string) => void = () => undefined,
  ): Promise<NatsRoleUnderTest> {
    await requireNatsServer(context);
    const folder = mkdtempSync(join(tmpdir(), 'carbonbus-nats-role-'));
    mkdirSync(join(folder, 'data'));
    prepare(folder);
    const text = [
      '[nats]',
      `NATS_PORT = ${await freePort()}`,
      `NATS_MONITOR_PORT = ${await freePort()}`,
      ...nats(folder),
      '[cache]',
      `LOCAL_DATA_DIR = ${folder}/data`,
    ].join('\n');
    writeFileSync(join(folder, 'carbon.conf'), text);
    const loaded = loadSettings({ folder, env: {}, read: (path) => readFileSync(path, 'utf8') });
    if ('errors' in loaded) throw new Error(loaded.errors.join('\n'));
    const role = new NatsRoleUnderTest(folder, loaded.settings);
    await role.#run();
    return role;
  }

  get url(): string {
    return this.settings.nats.urls[0];
  }

  /** The passwords that were made, or set. */
  get passwords(): ReturnType<typeof natsPasswords> {
    return natsPasswords(this.settings.nats, privateFiles);
  }

  async stop(): Promise<void> {
    this.#supervisor?.stop();
    await this.#supervisor?.finished;
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #run(): Promise<void> {
    const supervised = await prepareNatsServer({
      name: 'nats',
      settings: this.settings,
      passwords: this.passwords,
      env: process.env,
      files: privateFiles,
      log: (line) => this.lines.push(line),
    });
    this.#supervisor = superviseProcess(supervised, {
      processes: childProcesses,
      clock: systemClock,
      log: (line) => this.lines.push(line),
    });
    await untilAccepts(this.settings.nats.port);
  }
}
