import {
  type JetStreamManager,
  type NatsConnection,
  nanos,
  StorageType,
  type StreamInfo,
} from 'nats';
import type { MirrorState, MirrorStreams, OriginState } from '../actors/ports/mirrors.js';
import { mirrorText, readLayout, readOrigin } from '../protocols/layout.js';
import { mirrorStream, shardOfMirror, shardOfStream, shardStream } from '../protocols/subjects.js';

/** Limits of mirrors; those of the shard logs here. */
export interface MirrorLimits {
  streamReplicas: number;
  shardLogMaxAgeMs: number;
  shardLogMaxBytes: number;
}

/** How long another datacentre may take to answer before it counts as out of reach. */
const TIMEOUT_MS = 3_000;

/** Mirrors in JetStream, of streams in the JetStream domain that has the other datacentre's name. */
export class NatsMirrors implements MirrorStreams {
  readonly #connection: NatsConnection;
  readonly #limits: MirrorLimits;
  /** By domain; `undefined` is our own. */
  readonly #managers = new Map<string | undefined, Promise<JetStreamManager>>();

  constructor(connection: NatsConnection, limits: MirrorLimits) {
    this.#connection = connection;
    this.#limits = limits;
  }

  async origins(datacentre: string): Promise<ReadonlyMap<number, OriginState>> {
    const origins = new Map<number, OriginState>();
    for (const { config, created, state } of await this.#streams(datacentre)) {
      const shard = shardOfStream(config.name);
      if (shard === undefined) continue;
      const layout = readLayout(config.description);
      origins.set(shard, { created: String(created), lastSequence: state.last_seq, layout });
    }
    return origins;
  }

  async mirrors(datacentre: string): Promise<ReadonlyMap<number, MirrorState>> {
    const mirrors = new Map<number, MirrorState>();
    for (const { config, state } of await this.#streams()) {
      const shard = shardOfMirror(config.name, datacentre);
      if (shard === undefined) continue;
      const origin = readOrigin(config.description) ?? '';
      mirrors.set(shard, { origin, lastSequence: state.last_seq });
    }
    return mirrors;
  }

  /** The API of the other domain is named in full: so it can be made while the link is cut. */
  async make(shard: number, datacentre: string, origin: string): Promise<void> {
    const { streams } = await this.#manager();
    const name = mirrorStream(shard, datacentre);
    for await (const existing of streams.names()) {
      if (existing === name) await streams.delete(name);
    }
    await streams.add({
      name,
      description: mirrorText(origin),
      mirror: { name: shardStream(shard), external: { api: `$JS.${datacentre}.API`, deliver: '' } },
      storage: StorageType.File,
      max_age: nanos(this.#limits.shardLogMaxAgeMs),
      max_bytes: this.#limits.shardLogMaxBytes,
      num_replicas: this.#limits.streamReplicas,
    });
  }

  async #streams(datacentre?: string): Promise<StreamInfo[]> {
    const { streams } = await this.#manager(datacentre);
    const all: StreamInfo[] = [];
    for await (const info of streams.list()) all.push(info);
    return all;
  }

  #manager(domain?: string): Promise<JetStreamManager> {
    let manager = this.#managers.get(domain);
    if (manager === undefined) {
      const options = { checkAPI: false, timeout: TIMEOUT_MS };
      manager = this.#connection.jetstreamManager({ ...options, ...(domain && { domain }) });
      this.#managers.set(domain, manager);
    }
    return manager;
  }
}
