import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { carbonCacheArguments, configureCarbonCache } from '../../test/support/debian-carbon.js';
import { freePort } from '../../test/support/free-port.js';
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
    const ports = { line: port, pickle: await freePort(), query: await freePort() };
    configureCarbonCache(folder, ports, RETENTIONS);
    const child = spawned('carbon-cache', carbonCacheArguments(folder), { stdio: 'ignore' });
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
