import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import type { SupervisedProcess } from '../actors/supervision/process-supervisor.js';
import type { Settings } from '../config/settings.js';
import { CarbonbusError, errorCode, errorText } from '../errors.js';
import type { NatsPasswords } from './nats-passwords.js';
import {
  hostPort,
  isAtLeast,
  LOOPBACK,
  logFile,
  type NatsServerFacts,
  type NatsServerVersion,
  natsServerConfig,
  pidFile,
  readNatsServerVersion,
} from './nats-server-config.js';
import { serverUsers } from './nats-server-users.js';
import { EVENTS_MAX_BYTES } from './nats-streams.js';
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
  /** Of this server among those of the datacentre; also of its folder below LOCAL_DATA_DIR. */
  readonly name: string;
  readonly passwords: NatsPasswords;
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
/** Room beside the streams that have limits: derived logs. */
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
  const { nats, cache } = needs.settings;
  const binary = await findNatsServer(needs.env);
  const folder = resolve(cache.localDataDir, needs.name);
  const configFile = `${folder}/nats-server.conf`;
  const config = natsServerConfig(await serverFacts(needs, binary.version, folder));
  writeConfig(needs.files, folder, configFile, config);
  await stopStray(needs, folder, configFile);
  for (const wanted of portsOf(nats)) await requireFreePort({ protocol: 'tcp', ...wanted });
  needs.log(
    `nats-server ${versionText(binary.version)} on ${hostPort(nats.interface, nats.port)}, its log is ${logFile(folder)}`,
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

/** What the settings say about the server, and who may do what there. */
async function serverFacts(
  needs: NatsServerNeeds,
  version: NatsServerVersion,
  folder: string,
): Promise<NatsServerFacts> {
  const { cluster, nats } = needs.settings;
  const { leafListen, leafAdvertise, leafRemotes, clusterListen, clusterRoutes } = nats;
  const logs = cluster.shardCount * (1 + cluster.mirrorFrom.length);
  const path = (file: string): string => (file === '' ? '' : resolve(file));
  return {
    version,
    serverName: `${cluster.datacentre}-${needs.name}`,
    datacentre: cluster.datacentre,
    host: nats.interface,
    port: nats.port,
    monitorPort: nats.monitorPort,
    folder,
    fileStoreMaxBytes:
      logs * nats.shardLogMaxBytes +
      nats.ingestMaxBytes +
      EVENTS_MAX_BYTES +
      FILE_STORE_SPARE_BYTES,
    syncIntervalMs: nats.syncIntervalMs,
    ...(await serverUsers(nats, needs.passwords, needs.files)),
    ...(nats.serverTlsCertificateFile !== '' && {
      tls: {
        cert: path(nats.serverTlsCertificateFile),
        key: path(nats.serverTlsKeyFile),
        ca: path(nats.serverTlsCaFile),
      },
    }),
    ...(clusterListen && {
      cluster: {
        listen: hostPort(clusterListen.host, clusterListen.port),
        routes: clusterRoutes,
        password: needs.passwords.route,
      },
    }),
    ...((leafListen || leafRemotes.length > 0) && {
      leaf: {
        listen: leafListen && hostPort(leafListen.host, leafListen.port),
        advertise: leafAdvertise && hostPort(leafAdvertise.host, leafAdvertise.port),
        remotes: leafRemotes,
        password: needs.passwords.leaf,
        remoteTls: {
          ca: path(nats.tlsCaFile),
          cert: path(nats.tlsCertificateFile),
          key: path(nats.tlsKeyFile),
        },
      },
    }),
  };
}

/** What the server will listen on, and the settings that say so. */
function portsOf(nats: Settings['nats']): { host: string; port: number; setting: string }[] {
  const { leafListen, clusterListen } = nats;
  return [
    { host: nats.interface, port: nats.port, setting: 'NATS_PORT' },
    { host: LOOPBACK, port: nats.monitorPort, setting: 'NATS_MONITOR_PORT' },
    ...(leafListen ? [{ ...leafListen, setting: 'LEAF_LISTEN' }] : []),
    ...(clusterListen ? [{ ...clusterListen, setting: 'NATS_CLUSTER_LISTEN' }] : []),
  ];
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
  const deadlineMs = performance.now() + STRAY_LIMIT_MS;
  while (signalled(pid, performance.now() < deadlineMs ? 'SIGTERM' : 'SIGKILL')) await pause();
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
/** Resolves when none of our processes is connected any more, or there is no server to ask. */
export async function untilNoConnections(monitorPort: number): Promise<void> {
  while ((await ownConnections(monitorPort)) > 0) await pause();
}

/** At least one while the server is too busy to answer: whoever is connected may have points to write. */
async function ownConnections(monitorPort: number): Promise<number> {
  try {
    const response = await fetch(`http://${LOOPBACK}:${monitorPort}/connz?limit=4096`, {
      signal: AbortSignal.timeout(POLL_INTERVAL_MS * 10),
    });
    const { connections } = (await response.json()) as { connections: { name?: string }[] };
    return connections.filter(({ name }) => name?.startsWith(CONNECTION_NAME_PREFIX)).length;
  } catch (error) {
    return (error as Error).name === 'TimeoutError' ? 1 : 0;
  }
}

function pause(): Promise<void> {
  return new Promise((done) => setTimeout(done, POLL_INTERVAL_MS));
}

function versionText({ major, minor, patch }: NatsServerVersion): string {
  return `${major}.${minor}.${patch}`;
}
