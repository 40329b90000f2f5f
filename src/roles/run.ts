import type { NatsConnection } from 'nats';
import { type Clock, within } from '../actors/ports/clock.js';
import type { Logger } from '../actors/ports/logger.js';
import { EXIT_CONFIGURATION, isStopMessage } from '../actors/supervision/child-messages.js';
import { BUS } from '../composition/tokens.js';
import type { Settings } from '../config/settings.js';
import { compose } from '../container.js';
import { surviveLostOutput } from '../edge/child-process.js';
import type { NatsAccess } from '../edge/nats-access.js';
import { connectNats, requireJetStream } from '../edge/nats-connection.js';
import { CONNECTION_NAME_PREFIX } from '../edge/nats-server.js';
import { ensureStreams, refuseOtherLayout } from '../edge/nats-streams.js';
import { CarbonbusError, errorText, errorTrace } from '../errors.js';
import type { Role } from '../protocols/heartbeat.js';
import type { LiveDestinationRouting } from '../storage/destination-rule-files.js';
import type { Files } from '../storage/files.js';
import { folderIdentity } from '../storage/folder-identity.js';
import { openFilesMax, requireOpenFiles } from '../storage/open-file-limit.js';
import type { LiveReadTokens } from '../storage/read-token-file.js';
import type { LiveRelayRules } from '../storage/relay-rule-files.js';
import type { StorageRules } from '../storage/storage-rules.js';
import { claimFolder, claimName } from './claims.js';
import type { RoleProgram } from './role.js';

/** Each is loaded when it runs: what others need costs time and memory. */
const PROGRAMS: Record<Role, () => Promise<RoleProgram>> = {
  relay: async () => (await import('./relay.js')).RELAY_PROGRAM,
  node: async () => (await import('./node.js')).NODE_PROGRAM,
  api: async () => (await import('./api.js')).API_PROGRAM,
  forwarder: async () => (await import('./forwarder.js')).FORWARDER_PROGRAM,
};

/** Failures that starting again cannot mend: the process ends with `EXIT_CONFIGURATION`. */
const CONFIGURATION_CODES = new Set([
  'FEW_OPEN_FILES',
  'DESTINATIONS_UNUSABLE',
  'DESTINATION_DUPLICATE',
  'RELAY_METHOD_UNUSABLE',
  'PROGRESS_UNREADABLE',
  'PORT_UNAVAILABLE',
  'UNKNOWN_NODE',
  'DATA_FOLDER_UNUSABLE',
  'STREAM_REFUSED',
  'LAYOUT_MISMATCH',
  'SHARD_COUNT_TOO_HIGH',
  'NATS_AUTHORIZATION',
  'NATS_TLS',
  'REPLICATION_FACTOR_TOO_HIGH',
  'NODE_DUPLICATE',
  'FOLDER_IN_USE',
  'NAME_IN_USE',
  'TLS_INVALID',
]);

/** The whole stop has to fit into the parent's patience (8 s). */
const STOP_LIMIT_MS = 7_000;
const CLOSE_LIMIT_MS = 1_000;

export interface RoleNeeds {
  role: Role;
  name: string;
  /** Of this program; for the log. */
  version: string;
  settings: Settings;
  /** LOCAL_DATA_DIR, as an absolute path. */
  dataFolder: string;
  logger: Logger;
  clock: Clock;
  files: Files;
  rules: StorageRules;
  relayRules: LiveRelayRules;
  readTokens: LiveReadTokens;
  destinationRouting: LiveDestinationRouting | undefined;
  access: NatsAccess;
}

/** Runs a role in this process until it is told to stop or fails. Resolves with the exit code. */
export async function runRole(needs: RoleNeeds): Promise<number> {
  surviveLostOutput();
  const stopped = stopRequested();
  try {
    return await Promise.race([serve(needs, stopped), stopped.then(() => stopLimit(needs.clock))]);
  } catch (error) {
    if (error instanceof CarbonbusError && CONFIGURATION_CODES.has(error.code)) {
      process.stderr.write(`carbonbus ${needs.role} ${needs.name}: ${error.message}\n`);
      return EXIT_CONFIGURATION;
    }
    needs.logger.error({ error: errorTrace(error) }, 'the role failed');
    return 1;
  }
}

async function serve(needs: RoleNeeds, stopped: Promise<void>): Promise<number> {
  const { role, name, version, dataFolder, files, access, logger, clock } = needs;
  requireOpenFiles(files);
  const { check, isOnly, parts, start } = await PROGRAMS[role]();
  check?.(needs);
  const claimed = isOnly && claimFolder(needs, `${dataFolder}/${name}`, folderIdentity);
  if (await isStopped(claimed, stopped)) return 0;
  const label = `${CONNECTION_NAME_PREFIX}-${role}-${name}`;
  // Nothing is there to be stopped before.
  const connection = await Promise.race([connectNats(access, label, logger), stopped]);
  if (connection === undefined) return 0;
  const readConnection = await Promise.race([readied(needs, connection, label), stopped]);
  if (readConnection === undefined) {
    await connection.close();
    return 0;
  }
  const given = { ...needs, connection, readConnection, openFilesMax: openFilesMax(files) };
  const container = compose(given, parts);
  const named = isOnly && claimName(needs, container.resolve(BUS));
  if (!(await isStopped(named, stopped))) {
    const running = await start(container);
    logger.info({ pid: process.pid, version }, `${role} is up`);
    await Promise.race([stopped, running.failed]);
    logger.info({}, `${role} stops`);
    await running.stop();
    await within(clock, CLOSE_LIMIT_MS, flushed(connection, logger));
  }
  await Promise.all([connection.close(), readConnection.close()]);
  return 0;
}

/** Whether the process is to end before some work is done. */
async function isStopped(
  work: Promise<void> | undefined | false,
  stopped: Promise<void>,
): Promise<boolean> {
  const done = Promise.resolve(work).then(() => false);
  return Promise.race([done, stopped.then(() => true)]);
}

/** Waits until the logs are there as they have to be. Resolves with the connection to read them by. */
async function readied(
  { role, settings, access, clock, logger }: RoleNeeds,
  connection: NatsConnection,
  label: string,
): Promise<NatsConnection> {
  const readConnection = await connectNats(access, `${label}-reader`, logger);
  await requireJetStream(connection, access);
  await refuseOtherLayout(connection, settings.cluster, clock, logger);
  if (role !== 'api') {
    const limits = { ...settings.nats, ...settings.cluster };
    await ensureStreams(connection, limits, clock, logger);
  }
  return readConnection;
}

/** A role has finished its work by then: who loses NATS now has lost its last heartbeat, and others notice by themselves. */
async function flushed(connection: NatsConnection, log: Logger): Promise<void> {
  try {
    await connection.flush();
  } catch (error) {
    log.warn({ error: errorText(error) }, 'nats-server was lost before it had the last heartbeat');
  }
}

/** Resolves when the parent, or the system, wants this process to end. Ctrl-C is the parent's business, where there is one. */
function stopRequested(): Promise<void> {
  return new Promise((resolve) => {
    process.on('SIGINT', () => {
      if (process.send === undefined) resolve();
    });
    process.on('SIGTERM', () => resolve());
    process.on('disconnect', () => resolve());
    // A parent that was killed while this process started.
    if (process.connected === false) resolve();
    process.on('message', (message) => {
      if (isStopMessage(message)) resolve();
    });
  });
}

function stopLimit(clock: Clock): Promise<number> {
  return new Promise((resolve) => {
    clock.after(STOP_LIMIT_MS, () => resolve(0));
  });
}
