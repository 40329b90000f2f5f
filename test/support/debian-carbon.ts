import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { eventually } from './cluster.js';

const START_MS = 20_000;

export interface CarbonCachePorts {
  line: number;
  pickle: number;
  query: number;
}

/** Writes the configuration of a carbon-cache with its limits lifted; its files will lie below `<folder>/whisper`. */
export function configureCarbonCache(
  folder: string,
  ports: CarbonCachePorts,
  retentions: string,
): void {
  mkdirSync(join(folder, 'whisper'), { recursive: true });
  writeFileSync(join(folder, 'carbon.conf'), configuration(folder, ports));
  writeFileSync(
    join(folder, 'storage-schemas.conf'),
    `[carbon]\npattern = ^carbon\\.\nretentions = 1s:1h\n[all]\npattern = .*\nretentions = ${retentions}\n`,
  );
}

/** The arguments with which Debian's `carbon-cache` runs in the foreground. */
export function carbonCacheArguments(folder: string): string[] {
  const pidFile = join(folder, 'carbon.pid');
  return [`--config=${join(folder, 'carbon.conf')}`, `--pidfile=${pidFile}`, '--nodaemon', 'start'];
}

function configuration(folder: string, { line, pickle, query }: CarbonCachePorts): string {
  return `[cache]
STORAGE_DIR = ${folder}
LOCAL_DATA_DIR = ${folder}/whisper
CONF_DIR = ${folder}
LOG_DIR = ${folder}
PID_DIR = ${folder}
DATABASE = whisper
USER =
MAX_CACHE_SIZE = inf
MAX_UPDATES_PER_SECOND = inf
MAX_CREATES_PER_MINUTE = inf
CACHE_WRITE_STRATEGY = sorted
WHISPER_SPARSE_CREATE = True
WHISPER_FALLOCATE_CREATE = False
LINE_RECEIVER_INTERFACE = 127.0.0.1
LINE_RECEIVER_PORT = ${line}
PICKLE_RECEIVER_INTERFACE = 127.0.0.1
PICKLE_RECEIVER_PORT = ${pickle}
CACHE_QUERY_INTERFACE = 127.0.0.1
CACHE_QUERY_PORT = ${query}
ENABLE_UDP_LISTENER = False
ENABLE_TAGS = False
LOG_UPDATES = False
LOG_CREATES = False
LOG_CACHE_HITS = False
LOG_LISTENER_CONN_SUCCESS = False
CARBON_METRIC_INTERVAL = 1
`;
}

/** Debian's carbon-cache, which can be killed and started again on its files. */
export class DebianCarbonCache {
  readonly folder: string;
  readonly ports: CarbonCachePorts;
  #process: ChildProcess | undefined;

  constructor(folder: string, ports: CarbonCachePorts, retentions: string) {
    this.folder = folder;
    this.ports = ports;
    configureCarbonCache(folder, ports, retentions);
  }

  get root(): string {
    return join(this.folder, 'whisper');
  }

  async start(): Promise<void> {
    this.#process = spawn('carbon-cache', carbonCacheArguments(this.folder), { stdio: 'ignore' });
    await listens(this.ports.pickle);
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  /** The process is gone when this resolves. */
  async end(signal: NodeJS.Signals): Promise<void> {
    const ended = this.#process;
    this.#process = undefined;
    if (ended === undefined || ended.exitCode !== null || ended.signalCode !== null) return;
    ended.kill(signal);
    await once(ended, 'exit');
  }
}

/** carbon-c-relay with a configuration of its own; `end` ends it. The queue is that of each server. */
export async function startCrelay(
  folder: string,
  port: number,
  routes: string,
  queuePoints: number | 'default' = 1_000_000,
): Promise<{ end(): void }> {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'relay.conf');
  writeFileSync(file, `${routes}\nlisten type linemode ${port} proto tcp ;\n`);
  const queue = queuePoints === 'default' ? [] : ['-q', String(queuePoints)];
  const relay = spawn('carbon-c-relay', ['-f', file, ...queue], { stdio: 'ignore' });
  await listens(port);
  return { end: () => void relay.kill('SIGKILL') };
}

function listens(port: number): Promise<void> {
  return eventually(START_MS, `a program to listen on ${port}`, async () => {
    const socket = createConnection({ host: '127.0.0.1', port });
    try {
      await once(socket, 'connect');
      return true;
    } finally {
      socket.destroy();
    }
  });
}
