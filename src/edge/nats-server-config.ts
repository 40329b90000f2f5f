/** A release of nats-server. */
export interface NatsServerVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** What a user may do; what is not mentioned is allowed to all. */
export interface NatsPermissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

/** Who may connect, by password or by the public part of an nkey. Without `permissions` everything is allowed. */
export type NatsServerUser = { readonly permissions?: NatsPermissions } & (
  | { readonly user: string; readonly password: string }
  | { readonly nkey: string }
);

/** Files of a TLS listener; with `ca` who connects has to show a certificate. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** The other servers of the same datacentre. */
export interface NatsClusterFacts {
  readonly listen: string;
  /** Of all servers, this one's too: `nats-route://host:port`. */
  readonly routes: readonly string[];
  readonly password: string;
}

/** The servers of other datacentres. */
export interface LeafFacts {
  readonly listen: string | undefined;
  /** Where others reach `listen`, when that is elsewhere. */
  readonly advertise?: string | undefined;
  /** Of each datacentre that this one connects to, the servers: `nats-leaf://host:port`. */
  readonly remotes: readonly (readonly string[])[];
  readonly password: string;
  /** How the server shows itself to remotes that speak TLS. */
  readonly remoteTls: Partial<TlsFiles>;
}

/** What the configuration of a nats-server says. */
export interface NatsServerFacts {
  readonly version: NatsServerVersion;
  readonly serverName: string;
  /** The JetStream domain, and the name of its cluster. */
  readonly datacentre: string;
  readonly host: string;
  readonly port: number;
  /** On the loopback interface. */
  readonly monitorPort: number;
  /** Folder of the JetStream store, the log and the pid file. */
  readonly folder: string;
  /** What all streams together may take. */
  readonly fileStoreMaxBytes: number;
  /** How often JetStream syncs its files; 0 for each message. Without effect before 2.10. */
  readonly syncIntervalMs: number;
  /** Nobody is asked who it is where there are none. */
  readonly users: readonly NatsServerUser[];
  /** The user that those are who do not say. */
  readonly anonymous?: string;
  readonly tls?: TlsFiles;
  readonly cluster?: NatsClusterFacts;
  readonly leaf?: LeafFacts;
}

/** Stays within a datacentre: its own ingestion, its shard logs, its processes. Mirrors use none of these. */
const SUBJECTS_OF_DATACENTRE = ['metrics.>', 'shard.>', 'carbonbus.>'];
const LEAF_USER = 'leaf';
const ROUTE_USER = 'route';
/** What a TLS handshake and the message after it may take, on a machine that is busy. */
const AUTHENTICATION_LIMIT_S = 5;

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
    `listen: ${quoted(hostPort(facts.host, facts.port))}`,
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
    `  domain: ${quoted(facts.datacentre)}`,
    `  store_dir: ${quoted(folder)}`,
    `  max_memory_store: ${MEMORY_STORE_MAX_BYTES}`,
    `  max_file_store: ${facts.fileStoreMaxBytes}`,
  ];
  if (isAtLeast(version, 2, 10)) lines.push(`  sync_interval: ${syncInterval(facts)}`);
  lines.push('}', ...access(facts));
  if (facts.tls !== undefined) lines.push(tls(facts.tls));
  if (facts.cluster !== undefined) lines.push(...cluster(facts, facts.cluster));
  if (facts.leaf !== undefined) lines.push(...leafnodes(facts, facts.leaf));
  return `${lines.join('\n')}\n`;
}

export function hostPort(host: string, port: number): string {
  return `${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`;
}

function access({ users, anonymous }: NatsServerFacts): string[] {
  if (users.length === 0) return [];
  const lines = ['authorization {', `  timeout: ${AUTHENTICATION_LIMIT_S}`, '  users: ['];
  for (const user of users) {
    const who =
      'nkey' in user
        ? `nkey: ${quoted(user.nkey)}`
        : `user: ${quoted(user.user)}, password: ${quoted(user.password)}`;
    lines.push(`    { ${who}${user.permissions ? `, ${permissions(user.permissions)}` : ''} }`);
  }
  lines.push('  ]', '}');
  if (anonymous !== undefined) lines.push(`no_auth_user: ${quoted(anonymous)}`);
  return lines;
}

function permissions({ publish, subscribe }: NatsPermissions): string {
  return `permissions: { publish: { allow: ${list(publish)} }, subscribe: { allow: ${list(subscribe)} } }`;
}

function tls({ cert, key, ca }: Partial<TlsFiles>): string {
  const files = [
    ['cert_file', cert],
    ['key_file', key],
    ['ca_file', ca],
  ].flatMap(([name, file]) => (file ? [`${name}: ${quoted(file)}`] : []));
  const verify = cert && ca ? ', verify: true' : '';
  return `tls { ${files.join(', ')}${verify}, timeout: ${AUTHENTICATION_LIMIT_S} }`;
}

function cluster(facts: NatsServerFacts, { listen, routes, password }: NatsClusterFacts): string[] {
  const known = routes.map((url) => withUser(url, ROUTE_USER, password));
  return [
    'cluster {',
    `  name: ${quoted(facts.datacentre)}`,
    `  listen: ${quoted(listen)}`,
    `  authorization { user: ${ROUTE_USER}, password: ${quoted(password)}, timeout: ${AUTHENTICATION_LIMIT_S} }`,
    `  routes: ${list(known)}`,
    ...(facts.tls === undefined ? [] : [`  ${tls(facts.tls)}`]),
    '}',
  ];
}

/**
 * Both directions of a remote are closed for what stays within a datacentre: else each message would be stored
 * in both, and then be mirrored both ways.
 */
function leafnodes(facts: NatsServerFacts, leaf: LeafFacts): string[] {
  const lines = ['leafnodes {', '  reconnect: 2'];
  if (leaf.listen !== undefined) {
    lines.push(
      `  listen: ${quoted(leaf.listen)}`,
      `  authorization { user: ${LEAF_USER}, password: ${quoted(leaf.password)}, timeout: ${AUTHENTICATION_LIMIT_S} }`,
    );
    // Remotes are told of it, and take it instead of what they were configured with: `no_advertise` does not help.
    if (leaf.advertise !== undefined) lines.push(`  advertise: ${quoted(leaf.advertise)}`);
    if (facts.tls !== undefined) lines.push(`  ${tls(facts.tls)}`);
  }
  const denied = list(SUBJECTS_OF_DATACENTRE);
  const remotes = leaf.remotes.map((urls) => {
    const known = urls.map((url) => withUser(url, LEAF_USER, leaf.password));
    const secured = leaf.remoteTls.ca ? `, ${tls(leaf.remoteTls)}` : '';
    return `    { urls: ${list(known)}, deny_imports: ${denied}, deny_exports: ${denied}${secured} }`;
  });
  if (remotes.length > 0) lines.push('  remotes: [', ...remotes, '  ]');
  return [...lines, '}'];
}

/** The URL with user and password in it, which nats-server knows no other place for. */
function withUser(url: string, user: string, password: string): string {
  return url.replace('://', `://${user}:${encodeURIComponent(password)}@`);
}

function list(texts: readonly string[]): string {
  return `[${texts.map(quoted).join(', ')}]`;
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
