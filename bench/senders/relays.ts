import { mkdirSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { connect } from 'nats';
import { decode } from '../../src/protocols/codec.js';
import type { Heartbeat } from '../../src/protocols/heartbeat.js';
import { HEARTBEAT_SUBJECT } from '../../src/protocols/subjects.js';
import { eventually } from '../../test/support/cluster.js';
import { freePort } from '../../test/support/free-port.js';
import { NatsServerUnderTest } from '../../test/support/nats-server.js';
import { spawned } from '../support/bench-folder.js';

const MAIN = resolve(import.meta.dirname, '../../src/main.js');
const START_MS = 20_000;

/** A relay that takes lines on a port and passes them on. */
export interface RelayUnderBench {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  /** Lines that have reached what it passes them on to. */
  delivered(): number;
  stop(): Promise<void>;
}

/** Debian's carbon-c-relay, with a listener that counts lines behind it. */
export async function startCarbonCRelay(folder: string): Promise<RelayUnderBench> {
  let lines = 0;
  const sink = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++;
    });
  });
  const sinkPort = await freePort();
  sink.listen(sinkPort, '127.0.0.1');
  const port = await freePort();
  const config = join(folder, 'relay.conf');
  writeFileSync(
    config,
    `cluster sink forward 127.0.0.1:${sinkPort} ;\nmatch * send to sink stop;\n`,
  );
  const args = ['-p', String(port), '-q', '1000000', '-B', '1024', '-f', config];
  const relay = spawned('carbon-c-relay', args, { stdio: 'ignore' });
  await eventually(START_MS, 'carbon-c-relay to listen', () => accepts(port));
  return {
    name: 'carbon-c-relay',
    port,
    pid: relay.pid ?? 0,
    delivered: () => lines,
    async stop() {
      relay.kill('SIGKILL');
      sink.close();
    },
  };
}

/** Our relay, with the shard logs of a nats-server behind it. */
export async function startCarbonbus(folder: string): Promise<RelayUnderBench> {
  const skip = (): never => {
    throw new Error('the bench needs a nats-server');
  };
  const nats = await NatsServerUnderTest.start({ skip } as unknown as Mocha.Context);
  const port = await freePort();
  const config = join(folder, 'config');
  mkdirSync(config);
  const off = ['UDP', 'PICKLE', 'PROTOBUF', 'HTTP'].map((name) => `${name}_RECEIVER_PORT = 0`);
  const lines = [
    '[nats]',
    `NATS_URL = ${nats.url}`,
    'SHARD_LOG_MAX_BYTES = 64MiB',
    '[cluster]',
    'HEARTBEAT_INTERVAL = 0.5',
    '[relay]',
    `LINE_RECEIVER_PORT = ${port}`,
    ...off,
    'CARBON_METRIC_INTERVAL = 0',
    '[cache]',
    `LOCAL_DATA_DIR = ${join(folder, 'data')}`,
  ];
  writeFileSync(join(config, 'carbon.conf'), lines.join('\n'));
  writeFileSync(join(config, 'storage-schemas.conf'), '[all]\npattern = .*\nretentions = 10s:6h\n');
  writeFileSync(join(config, 'storage-aggregation.conf'), '');
  const relay = spawned(process.execPath, [MAIN, '--config', config, 'run', 'relay'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const connection = await connect({ port: nats.port });
  let stored = 0;
  connection.subscribe(HEARTBEAT_SUBJECT, {
    callback: (_error, message) => {
      stored = (decode(message.data) as Heartbeat).counters.pointsStored;
    },
  });
  await eventually(START_MS, 'the relay to listen', () => accepts(port));
  return {
    name: 'carbonbus',
    port,
    pid: relay.pid ?? 0,
    delivered: () => stored,
    async stop() {
      relay.kill('SIGKILL');
      await connection.close();
      await nats.stop();
    },
  };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
