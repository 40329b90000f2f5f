import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../test/support/nats-server.js';
import { openStore } from '../../test/support/test-store.js';
import { progress, spawned } from '../support/bench-folder.js';
import { metricName, RETENTIONS, valueAt } from '../support/bench-metrics.js';
import { writeCallsOf } from '../support/process-cpu.js';

const START_MS = 20_000;
const POLL_MS = 500;
/** Write calls in `POLL_MS` that its reports about itself do not reach, and writing does. */
const QUIET_CALLS = 100;

/** Debian's carbon-cache on files of its own, with its limits lifted, fed with lines over TCP. */
export class CarbonPeer {
  readonly root: string;
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #socket: Socket;

  private constructor(root: string, child: ChildProcess, socket: Socket) {
    this.root = root;
    this.pid = child.pid as number;
    this.#child = child;
    this.#socket = socket;
  }

  static async start(folder: string): Promise<CarbonPeer> {
    const port = await freePort();
    const root = join(folder, 'whisper');
    mkdirSync(root, { recursive: true });
    writeFileSync(
      join(folder, 'carbon.conf'),
      configuration(folder, port, await freePort(), await freePort()),
    );
    writeFileSync(join(folder, 'storage-schemas.conf'), SCHEMAS);
    const child = spawned(
      'carbon-cache',
      [
        `--config=${join(folder, 'carbon.conf')}`,
        `--pidfile=${join(folder, 'carbon.pid')}`,
        '--nodaemon',
        'start',
      ],
      { stdio: 'ignore' },
    );
    child.once('error', (error) => progress(`carbon-cache: ${error.message}`));
    return new CarbonPeer(root, child, await connected(port, child));
  }

  /** Lines of the points of metrics `[from, to)` at a time. */
  payload(from: number, to: number, timestamp: number): Buffer {
    let lines = '';
    for (let i = from; i < to; i++) {
      lines += `${metricName(i)} ${valueAt(i, timestamp)} ${timestamp}\n`;
    }
    return Buffer.from(lines);
  }

  async send(payload: Buffer): Promise<void> {
    if (!this.#socket.write(payload)) await once(this.#socket, 'drain');
  }

  /** It has nothing to write for a second. */
  async settled(): Promise<void> {
    let quiet = 0;
    for (let before = writeCallsOf(this.pid); quiet < 2; ) {
      await new Promise((wake) => setTimeout(wake, POLL_MS));
      const now = writeCallsOf(this.pid);
      quiet = now - before < QUIET_CALLS ? quiet + 1 : 0;
      before = now;
    }
  }

  /** Updates that it counted itself between two times of day, with those of its own metrics. */
  updatesBetween(fromS: number, untilS: number): number {
    const name = `carbon.agents.${hostname().replaceAll('.', '_')}-a.updateOperations`;
    const store = openStore(this.root);
    const series = store.fetch(undefined, name, fromS, untilS, untilS);
    store.close();
    let updates = 0;
    for (const n of series?.values ?? []) if (!Number.isNaN(n)) updates += n;
    return updates;
  }

  async stop(): Promise<void> {
    this.#socket.destroy();
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }
}

const SCHEMAS = `[carbon]
pattern = ^carbon\\.
retentions = 1s:1h
[bench]
pattern = .*
retentions = ${RETENTIONS}
`;

function configuration(folder: string, line: number, pickle: number, query: number): string {
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

async function connected(port: number, child: ChildProcess): Promise<Socket> {
  const untilMs = performance.now() + START_MS;
  while (performance.now() < untilMs && child.exitCode === null) {
    const socket = createConnection({ host: '127.0.0.1', port });
    try {
      await once(socket, 'connect');
      return socket;
    } catch {
      // It does not listen yet.
      await new Promise((wake) => setTimeout(wake, 100));
    }
  }
  throw new Error('carbon-cache does not start');
}
