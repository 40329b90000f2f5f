import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../../test/support/free-port.js';
import { spawned } from '../support/bench-folder.js';
import { cpuSecondsOf } from '../support/process-cpu.js';

const START_MS = 30_000;
/** Of carbon-c-relay, so that it drops nothing. */
const CRELAY_QUEUE = 5_000_000;

export interface Route {
  hash: 'carbon_ch' | 'fnv1a_ch';
  replicationFactor: 1 | 2;
}

/** A relay under load: where it listens, and the CPU seconds that its processes have taken so far, by name. */
export interface Relay {
  port: number;
  cpuSeconds(): Record<string, number>;
  end(): void;
}

/** Four sinks on one address: each needs an instance, or carbon-c-relay cannot tell them apart. */
export function sinkInstance(i: number): string {
  return String.fromCharCode('a'.charCodeAt(0) + i);
}

/** Debian's carbon-c-relay with two workers and a queue that holds everything. */
export async function startCrelay(
  folder: string,
  { hash, replicationFactor }: Route,
  sinks: readonly number[],
): Promise<Relay> {
  const port = await freePort();
  const servers = sinks.map((sink, i) => `127.0.0.1:${sink}=${sinkInstance(i)}`).join(' ');
  const file = join(folder, 'c-relay.conf');
  writeFileSync(
    file,
    `cluster sinks ${hash} replication ${replicationFactor} ${servers} ;
match * send to sinks stop ;
listen type linemode ${port} proto tcp ;
`,
  );
  const args = ['-f', file, '-w', '2', '-q', String(CRELAY_QUEUE)];
  const child = spawned('carbon-c-relay', args, { stdio: 'ignore' });
  await listens(port);
  return {
    port,
    cpuSeconds: () => ({ relay: cpuSecondsOf(child.pid as number) }),
    end: () => void child.kill('SIGKILL'),
  };
}

/** Debian's carbon-relay, sending lines, with a queue that holds everything. */
export async function startCarbonRelay(
  folder: string,
  { hash, replicationFactor }: Route,
  sinks: readonly number[],
): Promise<Relay> {
  const own = join(folder, 'carbon-relay');
  mkdirSync(own, { recursive: true });
  const port = await freePort();
  const destinations = sinks.map((sink, i) => `127.0.0.1:${sink}:${sinkInstance(i)}`).join(', ');
  writeFileSync(
    join(own, 'carbon.conf'),
    `[relay]
STORAGE_DIR = ${own}
CONF_DIR = ${own}
LOG_DIR = ${own}
PID_DIR = ${own}
USER =
LINE_RECEIVER_INTERFACE = 127.0.0.1
LINE_RECEIVER_PORT = ${port}
PICKLE_RECEIVER_PORT = 0
RELAY_METHOD = consistent-hashing
ROUTER_HASH_TYPE = ${hash}
REPLICATION_FACTOR = ${replicationFactor}
DIVERSE_REPLICAS = False
DESTINATIONS = ${destinations}
DESTINATION_PROTOCOL = line
MAX_QUEUE_SIZE = ${CRELAY_QUEUE}
USE_FLOW_CONTROL = True
LOG_LISTENER_CONN_SUCCESS = False
CARBON_METRIC_INTERVAL = 0
`,
  );
  // It insists on this file, which is of no use to it.
  writeFileSync(join(own, 'storage-schemas.conf'), '[all]\npattern = .*\nretentions = 10s:6h\n');
  const child = spawned(
    'carbon-relay',
    [
      `--config=${join(own, 'carbon.conf')}`,
      `--pidfile=${join(own, 'pid')}`,
      '--nodaemon',
      'start',
    ],
    { stdio: 'ignore' },
  );
  await listens(port);
  return {
    port,
    cpuSeconds: () => ({ relay: cpuSecondsOf(child.pid as number) }),
    end: () => void child.kill('SIGKILL'),
  };
}

/** Waits until something listens on a port. */
export async function listens(port: number): Promise<void> {
  const untilMs = performance.now() + START_MS;
  while (performance.now() < untilMs) {
    const socket = createConnection({ host: '127.0.0.1', port });
    try {
      await once(socket, 'connect');
      return;
    } catch {
      // It does not listen yet.
      await new Promise((wake) => setTimeout(wake, 50));
    } finally {
      socket.destroy();
    }
  }
  throw new Error(`nothing listens on port ${port}`);
}
