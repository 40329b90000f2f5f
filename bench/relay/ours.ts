import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { connect } from 'nats';
import { processOptions } from '../../src/cli/process-options.js';
import { decodeBatch } from '../../src/protocols/batch.js';
import { PointBlock } from '../../src/protocols/points.js';
import { shardStream } from '../../src/protocols/subjects.js';
import { freePort } from '../../test/support/free-port.js';
import { NatsServerUnderTest } from '../../test/support/nats-server.js';
import { spawned } from '../support/bench-folder.js';
import { cpuSecondsOf } from '../support/process-cpu.js';
import { listens, type Relay, type Route, sinkInstance } from './peers.js';

const MAIN = resolve(import.meta.dirname, '../../src/main.js');
const SHARDS = 16;
const START_MS = 30_000;
const IDLE_MS = 500;

/** A nats-server of its own, a relay, and a forwarder where there are sinks. */
export class Ours implements Relay {
  readonly port: number;
  readonly #nats: NatsServerUnderTest;
  readonly #pids: Record<string, number>;
  readonly #stop: () => void;

  private constructor(
    port: number,
    nats: NatsServerUnderTest,
    pids: Record<string, number>,
    stop: () => void,
  ) {
    this.port = port;
    this.#nats = nats;
    this.#pids = pids;
    this.#stop = stop;
  }

  static async start(
    folder: string,
    { hash, replicationFactor }: Route,
    sinks: readonly number[],
  ): Promise<Ours> {
    const skip = (): never => {
      throw new Error('the bench needs a nats-server');
    };
    const nats = await NatsServerUnderTest.start({ skip } as unknown as Mocha.Context);
    const port = await freePort();
    const destinations = sinks.map((sink, i) => `127.0.0.1:${sink}:${sinkInstance(i)}`);
    const config = join(folder, `ours-${port}`);
    mkdirSync(config);
    writeFileSync(
      join(config, 'carbon.conf'),
      `[cluster]
SHARDS = ${SHARDS}
[nats]
NATS_URL = ${nats.url}
SHARD_LOG_MAX_BYTES = 512MiB
[relay]
LINE_RECEIVER_PORT = ${port}
ENABLE_UDP_LISTENER = False
PICKLE_RECEIVER_PORT = 0
PROTOBUF_RECEIVER_PORT = 0
HTTP_RECEIVER_PORT = 0
DESTINATIONS = ${destinations.join(', ')}
DESTINATION_PROTOCOL = line
RELAY_METHOD = ${hash}
REPLICATION_FACTOR = ${replicationFactor}
REPLAY_RATE = inf
CARBON_METRIC_INTERVAL = 0
[cache]
LOCAL_DATA_DIR = ${config}/data
`,
    );
    writeFileSync(
      join(config, 'storage-schemas.conf'),
      '[all]\npattern = .*\nretentions = 10s:6h\n',
    );
    const run = (role: string) =>
      spawned(
        process.execPath,
        [...processOptions(role).v8, MAIN, '--config', config, 'run', role],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
    const children = {
      relay: run('relay'),
      ...(sinks.length > 0 && { forwarder: run('forwarder') }),
    };
    await Promise.all(
      Object.entries(children).map(([role, child]) => said(child.stdout, `${role} is up`)),
    );
    await listens(port);
    const pids = Object.fromEntries(
      Object.entries(children).map(([role, child]) => [role, child.pid as number]),
    );
    return new Ours(port, nats, { ...pids, nats: nats.pid as number }, () => {
      for (const child of Object.values(children)) child.kill('SIGKILL');
    });
  }

  cpuSeconds(): Record<string, number> {
    return Object.fromEntries(
      Object.entries(this.#pids).map(([name, pid]) => [name, cpuSecondsOf(pid)]),
    );
  }

  /** Resolves once no more comes into the shard logs. */
  async settled(): Promise<void> {
    const connection = await connect({ servers: this.#nats.url });
    const manager = await connection.jetstreamManager();
    const messages = async (): Promise<number> => {
      let sum = 0;
      for (let shard = 0; shard < SHARDS; shard++)
        sum += (await manager.streams.info(shardStream(shard))).state.messages;
      return sum;
    };
    for (let before = -1, now = await messages(); now !== before; now = await messages()) {
      before = now;
      await new Promise((wake) => setTimeout(wake, IDLE_MS));
    }
    await connection.close();
  }

  /** Points in the shard logs, read back from nats-server. */
  async pointsInLogs(): Promise<number> {
    const connection = await connect({ servers: this.#nats.url });
    const manager = await connection.jetstreamManager();
    const block = new PointBlock();
    let points = 0;
    for (let shard = 0; shard < SHARDS; shard++) {
      const { last_seq: last } = (await manager.streams.info(shardStream(shard))).state;
      for (let seq = 1; seq <= last; seq++) {
        const { data } = await manager.streams.getMessage(shardStream(shard), { seq });
        if (decodeBatch(data, block) !== undefined) throw new Error('a broken batch');
        points += block.count;
      }
    }
    await connection.close();
    return points;
  }

  end(): void {
    this.#stop();
    void this.#nats.stop();
  }
}

/** Resolves when the text was written. */
async function said(output: NodeJS.ReadableStream | null, text: string): Promise<void> {
  const limit = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`waited in vain for "${text}"`)), START_MS).unref();
  });
  const heard = new Promise<void>((resolveHeard) => {
    let all = '';
    output?.on('data', (chunk: Buffer) => {
      all = all.slice(-text.length) + chunk.toString();
      if (all.includes(text)) resolveHeard();
    });
  });
  await Promise.race([heard, limit]);
}
