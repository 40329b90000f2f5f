import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import type { SupervisedProcess } from '../actors/supervision/process-supervisor.js';
import type { Settings } from '../config/settings.js';
import { CarbonbusError, errorCode, errorText } from '../errors.js';
import {
  isAtLeast,
  LOOPBACK,
  logFile,
  type NatsServerVersion,
  natsServerConfig,
  pidFile,
  readNatsServerVersion,
} from './nats-server-config.js';
import { requireFreePort } from './ports.js';

/** The few things that running a nats-server needs of the file system. */
export interface ServerFiles {
  /** Makes the folder and those above it. */
  makeFolder(path: string): void;
  /** Writes a file that only its owner can read. */
  writePrivate(path: string, text: string): void;
  /** The text of a file, or undefined when there is none. */
  read(path: string): string | undefined;
}

export interface NatsServerBinary {
  readonly file: string;
  readonly version: NatsServerVersion;
}

export interface NatsServerNeeds {
  readonly settings: Pick<Settings, 'cluster' | 'nats' | 'cache'>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly files: ServerFiles;
  readonly log: (line: string) => void;
}

/** All our connections to NATS have names that begin so: nats-server is stopped when they are gone. */
export const CONNECTION_NAME_PREFIX = 'carbonbus';

/** Where a nats-server is when it is not on the PATH of an ordinary user. */
const USUAL_PLACES = ['nats-server', '/usr/sbin/nats-server', '/usr/local/bin/nats-server'];
const PROBE_TIMEOUT_MS = 5000;
const POLL_INTERVAL_MS = 100;
/** How long a nats-server without a parent may take to end before it is killed. */
const STRAY_LIMIT_MS = 5000;
/** Room beside the streams that have limits: derived and mirrored logs. */
const FILE_STORE_SPARE_BYTES = 2 ** 30;

const run = promisify(execFile);

/**
 * Finds the nats-server: `NATS_SERVER_BIN`, else on the PATH, else in the usual places.
 * @throws CarbonbusError `NATS_SERVER_MISSING` or `NATS_SERVER_TOO_OLD`
 */
export async function findNatsServer(env: NatsServerNeeds['env']): Promise<NatsServerBinary> {
  const chosen = env.NATS_SERVER_BIN;
  for (const file of chosen ? [chosen] : USUAL_PLACES) {
    const version = await versionOf(file);
    if (version === undefined) continue;
    if (isAtLeast(version, 2, 9)) return { file, version };
    throw new CarbonbusError(
      'NATS_SERVER_TOO_OLD',
      `${file} is version ${versionText(version)}: 2.9 or newer is needed`,
    );
  }
  throw new CarbonbusError(
    'NATS_SERVER_MISSING',
    chosen
      ? `NATS_SERVER_BIN is ${chosen}, which does not run as a nats-server: correct it, or unset it to look on the PATH`
      : 'nats-server was not found: install it (Debian: apt-get install nats-server), or set NATS_SERVER_BIN',
  );
}

/**
 * Makes everything ready for a nats-server and says how to run it under supervision.
 *
 * It gets a process group of its own, so that Ctrl-C on a terminal leaves it to its parent to stop it last;
 * where `setpriv` (util-linux) is there, the kernel terminates it when its parent dies. One that outlived its
 * parent all the same is stopped here, by its pid file.
 *
 * @throws CarbonbusError with one line for the operator: no nats-server, a folder or a port that cannot be used
 */
export async function prepareNatsServer(needs: NatsServerNeeds): Promise<SupervisedProcess> {
  const { cluster, nats, cache } = needs.settings;
  const binary = await findNatsServer(needs.env);
  const folder = resolve(cache.localDataDir, 'nats');
  const configFile = `${folder}/nats-server.conf`;
  const config = natsServerConfig({
    version: binary.version,
    serverName: `carbonbus-${cluster.datacentre}`,
    port: nats.port,
    monitorPort: nats.monitorPort,
    folder,
    fileStoreMaxBytes:
      cluster.shardCount * nats.shardLogMaxBytes + nats.ingestMaxBytes + FILE_STORE_SPARE_BYTES,
    syncIntervalMs: nats.syncIntervalMs,
    user: nats.user,
    password: nats.password,
  });
  writeConfig(needs.files, folder, configFile, config);
  await stopStray(needs, folder, configFile);
  const free = { protocol: 'tcp', host: LOOPBACK } as const;
  await requireFreePort({ ...free, port: nats.port, setting: 'NATS_PORT' });
  await requireFreePort({ ...free, port: nats.monitorPort, setting: 'NATS_MONITOR_PORT' });
  needs.log(
    `nats-server ${versionText(binary.version)} on ${LOOPBACK}:${nats.port}, its log is ${logFile(folder)}`,
  );
  return {
    name: 'nats-server',
    command: {
      ...(await dyingWithParent(binary.file, ['-c', configFile])),
      ipc: false,
      detached: true,
    },
    untilIdle: () => untilNoConnections(nats.monitorPort),
  };
}

function writeConfig(files: ServerFiles, folder: string, path: string, config: string): void {
  try {
    files.makeFolder(folder);
    files.writePrivate(path, config);
  } catch (cause) {
    throw new CarbonbusError(
      'FOLDER_UNWRITABLE',
      `cannot write in ${folder} (${errorText(cause)}): change its permissions, or LOCAL_DATA_DIR`,
      { cause },
    );
  }
}

async function versionOf(file: string): Promise<NatsServerVersion | undefined> {
  try {
    const { stdout } = await run(file, ['--version'], { timeout: PROBE_TIMEOUT_MS });
    return readNatsServerVersion(stdout);
  } catch {
    return undefined; // Not there, or not a program: the caller says what was looked for.
  }
}

/** The command as it is, or run so that the kernel sends it SIGTERM when this process dies. */
async function dyingWithParent(
  file: string,
  args: string[],
): Promise<{ file: string; args: string[] }> {
  const prefix = ['--pdeathsig', 'TERM', '--'];
  try {
    await run('setpriv', [...prefix, file, '--version'], { timeout: PROBE_TIMEOUT_MS });
    return { file: 'setpriv', args: [...prefix, file, ...args] };
  } catch {
    return { file, args }; // No such program here: a stray one is found by its pid file.
  }
}

/** Stops a nats-server that works on our folder and has lost its parent. */
async function stopStray(
  { files, log }: NatsServerNeeds,
  folder: string,
  configFile: string,
): Promise<void> {
  const pid = Number(files.read(pidFile(folder))?.trim());
  if (!Number.isInteger(pid) || pid <= 1 || !commandOf(files, pid).includes(configFile)) return;
  const parent = Number(/^PPid:\s*(\d+)/m.exec(files.read(`/proc/${pid}/status`) ?? '')?.[1]);
  if (parent !== process.pid && / nats\b/.test(commandOf(files, parent)))
    throw new CarbonbusError(
      'FOLDER_IN_USE',
      `process ${parent} already runs a nats-server on ${folder}: stop it, or change LOCAL_DATA_DIR`,
    );
  log(`nats-server: process ${pid} was left over from an earlier run and is stopped`);
  const deadlineMs = Date.now() + STRAY_LIMIT_MS;
  while (signalled(pid, Date.now() < deadlineMs ? 'SIGTERM' : 'SIGKILL')) await pause();
}

/** The command line of a process, its arguments separated by blanks; empty when there is none. */
function commandOf(files: ServerFiles, pid: number): string {
  return (files.read(`/proc/${pid}/cmdline`) ?? '').replaceAll('\0', ' ');
}

function signalled(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return false;
    throw error;
  }
}

/** Resolves when no process of the cluster is connected any more, or the server is gone. */
async function untilNoConnections(monitorPort: number): Promise<void> {
  while ((await ownConnections(monitorPort)) > 0) await pause();
}

async function ownConnections(monitorPort: number): Promise<number> {
  try {
    const response = await fetch(`http://${LOOPBACK}:${monitorPort}/connz?limit=4096`, {
      signal: AbortSignal.timeout(POLL_INTERVAL_MS * 10),
    });
    const { connections } = (await response.json()) as { connections: { name?: string }[] };
    return connections.filter(({ name }) => name?.startsWith(CONNECTION_NAME_PREFIX)).length;
  } catch {
    return 0; // It does not answer: nothing that is connected to it can be waited for.
  }
}

function pause(): Promise<void> {
  return new Promise((done) => setTimeout(done, POLL_INTERVAL_MS));
}

function versionText({ major, minor, patch }: NatsServerVersion): string {
  return `${major}.${minor}.${patch}`;
}
