/** A release of nats-server. */
export interface NatsServerVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** What the configuration of a nats-server says. Ports are on the loopback interface. */
export interface NatsServerFacts {
  readonly version: NatsServerVersion;
  readonly serverName: string;
  readonly port: number;
  readonly monitorPort: number;
  /** Folder of the JetStream store, the log and the pid file. */
  readonly folder: string;
  /** What all streams together may take. */
  readonly fileStoreMaxBytes: number;
  /** How often JetStream syncs its files; 0 for each message. Without effect before 2.10. */
  readonly syncIntervalMs: number;
  readonly user: string;
  readonly password: string;
}

export const LOOPBACK = '127.0.0.1';
/** Batches are cut far below this; see `BATCH_BYTES`. */
const PAYLOAD_MAX_BYTES = 2 ** 20;
/** What a connection may have pending: twice what all readers of one connection may ask for. */
const PENDING_MAX_BYTES = 128 * 2 ** 20;
const LOG_MAX_BYTES = 10 * 2 ** 20;
/** No stream of ours is kept in memory. */
const MEMORY_STORE_MAX_BYTES = 16 * 2 ** 20;

/** The version in the output of `nats-server --version`, or undefined when that is something else. */
export function readNatsServerVersion(output: string): NatsServerVersion | undefined {
  const match = /nats-server: v(\d+)\.(\d+)\.(\d+)/.exec(output);
  if (match === null) return undefined;
  return { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3]) };
}

/** True for `major.minor` and all that came after it. */
export function isAtLeast(version: NatsServerVersion, major: number, minor: number): boolean {
  return version.major > major || (version.major === major && version.minor >= minor);
}

/** The text of `nats-server.conf`. An unknown field stops the server, so it depends on the version. */
export function natsServerConfig(facts: NatsServerFacts): string {
  const { version, folder } = facts;
  const lines = [
    '# Written by `carbonbus nats` at each start, from carbon.conf: change it there.',
    `server_name: ${quoted(facts.serverName)}`,
    `listen: ${quoted(`${LOOPBACK}:${facts.port}`)}`,
    `http: ${quoted(`${LOOPBACK}:${facts.monitorPort}`)}`,
    `pid_file: ${quoted(pidFile(folder))}`,
    `log_file: ${quoted(logFile(folder))}`,
    `logfile_size_limit: ${LOG_MAX_BYTES}`,
    `max_payload: ${PAYLOAD_MAX_BYTES}`,
    `max_pending: ${PENDING_MAX_BYTES}`,
    'write_deadline: "10s"',
    // A client that is silently gone is noticed after half a minute, not after several.
    'ping_interval: "10s"',
    'ping_max: 2',
    'jetstream {',
    `  store_dir: ${quoted(folder)}`,
    `  max_memory_store: ${MEMORY_STORE_MAX_BYTES}`,
    `  max_file_store: ${facts.fileStoreMaxBytes}`,
  ];
  if (isAtLeast(version, 2, 10)) lines.push(`  sync_interval: ${syncInterval(facts)}`);
  lines.push('}');
  if (facts.user !== '')
    lines.push(
      `authorization { user: ${quoted(facts.user)}, password: ${quoted(facts.password)} }`,
    );
  return `${lines.join('\n')}\n`;
}

export function pidFile(folder: string): string {
  return `${folder}/nats-server.pid`;
}

export function logFile(folder: string): string {
  return `${folder}/nats-server.log`;
}

function syncInterval({ syncIntervalMs }: NatsServerFacts): string {
  return syncIntervalMs === 0 ? 'always' : quoted(`${syncIntervalMs}ms`);
}

/** Quoted text may hold what would be a comment, a variable or the end of a block. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
