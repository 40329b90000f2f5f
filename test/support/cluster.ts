import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  createWriteStream,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ClusterView } from '../../src/actors/query/cluster-view.js';
import type { ReplicaView } from '../../src/actors/query/replica-view.js';
import { type ClusterOptions, type Ports, writeConfiguration } from './cluster-configuration.js';
import { freePort } from './free-port.js';
import { Link } from './link.js';
import { requireNatsServer } from './nats-server.js';
import { outputOf } from './programs.js';

const MAIN = resolve(import.meta.dirname, '../../src/main.js');
const READY_MS = 60_000;
/** Of each log, shown where a cluster does not start. */
const LAST_LINES = 4;

export const NODES = ['node1', 'node2', 'node3'] as const;

/**
 * The local cluster as the Procfile starts it, each role with its parent, on free ports and in a folder of
 * its own. Logs are in `<folder>/<name>.log`.
 */
export class ClusterUnderTest {
  readonly folder: string;
  readonly ports: Ports;
  readonly nodes: readonly string[];
  /** Where its ports are. */
  readonly host: string;
  /** By the name of the role; none unless it was asked for. */
  readonly links = new Map<string, Link>();
  readonly #natsServers: readonly string[];
  readonly #roles: readonly string[] | undefined;
  readonly #enter: readonly string[];
  readonly #parents = new Map<string, ChildProcess>();

  private constructor(folder: string, ports: Ports, options: ClusterOptions) {
    this.nodes = options.nodes ?? NODES;
    this.#natsServers = options.natsServers ?? ['nats'];
    this.#roles = options.roles;
    this.host = options.namespace?.address ?? '127.0.0.1';
    this.#enter = options.namespace?.enter ?? [];
    this.folder = folder;
    this.ports = ports;
  }

  /** Starts all roles and waits until every shard is live; skips where there is no nats-server. */
  static async start(
    context: Mocha.Context,
    options: ClusterOptions = {},
  ): Promise<ClusterUnderTest> {
    await requireNatsServer(context);
    return ClusterUnderTest.launch(options);
  }

  /** The same outside of a test. */
  static async launch(options: ClusterOptions = {}): Promise<ClusterUnderTest> {
    const folder = mkdtempSync(join(tmpdir(), 'carbonbus-cluster-'));
    const ports = {
      nats: await freePort(),
      monitor: await freePort(),
      line: await freePort(),
      pickle: await freePort(),
      protobuf: await freePort(),
      post: await freePort(),
      http: await freePort(),
      cacheQuery: await freePort(),
    };
    const cluster = new ClusterUnderTest(folder, ports, options);
    writeConfiguration(
      { folder, ports, host: cluster.host },
      options,
      await cluster.#natsSections(),
    );
    try {
      options.prepare?.(join(folder, 'data'));
      if (options.linked)
        for (const name of cluster.#clients) cluster.links.set(name, await Link.to(ports.nats));
      await cluster.startAll();
    } catch (error) {
      console.log(cluster.#lastWords());
      await cluster.remove();
      throw error;
    }
    return cluster;
  }

  /** Starts every role and waits until the cluster is ready; also after a `stop`. */
  async startAll(): Promise<void> {
    for (const name of this.#roles ?? [...this.#natsServers, ...this.#clients])
      this.startRole(name);
    if (this.#roles === undefined) await this.ready();
  }

  /** The ends of all logs: why a cluster did not start. */
  #lastWords(): string {
    const logs = readdirSync(this.folder).filter((name) => name.endsWith('.log'));
    const ends = logs.map((name) => {
      const lines = readFileSync(join(this.folder, name), 'utf8').trimEnd().split('\n');
      return `  ${name}: ${lines.slice(-LAST_LINES).join('\n    ')}`;
    });
    return ends.join('\n');
  }

  get #clients(): string[] {
    return ['relay1', ...this.nodes, 'api1'];
  }

  /** @param env what this role alone is told by its environment */
  startRole(name: string, env: Record<string, string> = {}): void {
    const role = name.replace(/\d+$/, '');
    const named = name === 'nats' ? [] : ['--name', name];
    const [program, ...args] = this.command(role, ...named);
    const link = this.links.get(name);
    const nats = link && { CARBONBUS_NATS_URL: `nats://127.0.0.1:${link.port}` };
    const log = createWriteStream(join(this.folder, `${name}.log`), { flags: 'a' });
    const parent = spawn(program, args, {
      cwd: this.folder,
      env: { ...process.env, ...nats, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    parent.stdout.pipe(log);
    parent.stderr.pipe(log);
    this.#parents.set(name, parent);
  }

  /** Stops a role as an operator does; resolves when its parent has ended. */
  async stopRole(name: string): Promise<void> {
    const parent = this.#parents.get(name);
    this.#parents.delete(name);
    if (parent === undefined || parent.exitCode !== null) return;
    parent.kill('SIGTERM');
    await once(parent, 'exit');
  }

  /** Writes settings into the section `[cluster]`; they count for roles that are started from then on. */
  setCluster(settings: Readonly<Record<string, string | number>>): void {
    const path = join(this.folder, 'config', 'carbon.conf');
    let text = readFileSync(path, 'utf8');
    for (const [key, value] of Object.entries(settings)) {
      text = text.replace(new RegExp(`^${key} = .*\n`, 'm'), '');
      text = text.replace('[cluster]\n', `[cluster]\n${key} = ${value}\n`);
    }
    writeFileSync(path, text);
  }

  /** The process that does a role's work: the child of its parent. */
  childPid(name: string): number {
    const parent = this.#parents.get(name)?.pid;
    const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim();
    if (children === '') throw new Error(`${name} has no child at this moment`);
    return Number(children.split(' ')[0]);
  }

  signalChild(name: string, signal: NodeJS.Signals): void {
    process.kill(this.childPid(name), signal);
  }

  /** Starts the api again with further lines in its section of carbon.conf. */
  async restartApi(lines: readonly string[]): Promise<void> {
    const path = join(this.folder, 'config', 'carbon.conf');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace(/^\[api\]$/m, ['[api]', ...lines].join('\n')));
    const before = this.childPid('api1');
    process.kill(before, 'SIGKILL');
    await eventually(READY_MS, 'another api', () => this.childPid('api1') !== before);
    await this.ready();
  }

  /** Keeps a role's parent from starting its child again: it sleeps until `resumeSupervision`. */
  stopSupervision(name: string): void {
    this.#parents.get(name)?.kill('SIGSTOP');
  }

  resumeSupervision(name: string): void {
    this.#parents.get(name)?.kill('SIGCONT');
  }

  /** Standard output of an operator's command against this cluster. */
  carbonbus(...args: string[]): Promise<string> {
    const [program, ...rest] = this.command(...args);
    return outputOf(program, ...rest);
  }

  /** What a command that has to fail says on standard error. */
  async failing(env: NodeJS.ProcessEnv, ...args: string[]): Promise<string> {
    const [program, ...rest] = this.command(...args);
    const child = spawn(program, rest, {
      env,
      cwd: this.folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr?.on('data', (text) => (said += text));
    const [code] = await once(child, 'exit');
    if (code === 0) throw new Error(`${args.join(' ')} should have failed`);
    return said;
  }

  /** The words of an operator's command against this cluster. */
  command(...args: string[]): string[] {
    const config = join(this.folder, 'config');
    return [...this.#enter, process.execPath, MAIN, '--config', config, ...args];
  }

  url(path: string): string {
    return `http://${this.host}:${this.ports.http}${path}`;
  }

  async json<T>(path: string): Promise<T> {
    const response = await fetch(this.url(path));
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  view(): Promise<ClusterView> {
    return this.json('/cluster');
  }

  /** A figure of one process in `/metrics`; NaN where there is none. */
  async figure(metric: string, process: string): Promise<number> {
    const text = await (await fetch(this.url('/metrics'))).text();
    const lines = text.split('\n').filter((line) => line.startsWith(metric));
    const line = lines.find((one) => one.includes(`"${process}"`));
    return Number(line?.split(' ').at(-1) ?? Number.NaN);
  }

  /** Waits until every replica is live, has no lag, and holds no point that is not on disk. */
  settled(limitMs: number): Promise<void> {
    return eventually(limitMs, 'the cluster to settle', async () => {
      const { nodes, relays, ingest } = await this.view();
      const busy = nodes
        .flatMap((node) => node.shards)
        .filter((one) => one.lag + one.queuePoints + one.rollUpsWaiting > 0 || isMissing(one));
      return (
        busy.length === 0 &&
        ingest.waiting + ingest.inHand === 0 &&
        nodes.every((node) => node.state === 'live') &&
        relays.every((relay) => relay.pendingPoints === 0)
      );
    });
  }

  ready(): Promise<void> {
    return eventually(READY_MS, 'the cluster to be ready', async () => {
      const response = await fetch(this.url('/health/ready'));
      const { relays } = await this.view();
      return response.ok && relays.some((relay) => relay.state === 'up');
    });
  }

  /** Stops all roles as foreman does: one signal to every parent. Resolves with their exit codes. */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<number[]> {
    const exits = [...this.#parents.values()].map(async (parent) => {
      if (parent.exitCode !== null || parent.signalCode !== null) return parent.exitCode ?? 1;
      parent.kill(signal);
      const [code] = await once(parent, 'exit');
      return (code as number | null) ?? 1;
    });
    this.#parents.clear();
    return Promise.all(exits);
  }

  /** Stops everything and removes the folder. */
  async remove(): Promise<void> {
    await this.stop();
    for (const link of this.links.values()) link.close();
    if (process.env.KEEP_CLUSTER === undefined)
      rmSync(this.folder, { recursive: true, force: true });
    else console.log(`  kept ${this.folder}`);
  }

  /** The sections that make several servers a cluster; none for a single server. */
  async #natsSections(): Promise<string[]> {
    const names = this.#natsServers;
    if (names.length === 1) return [];
    const servers: { port: number; monitor: number; route: number }[] = [];
    for (const name of names) {
      const port = name === names[0] ? this.ports.nats : await freePort();
      servers.push({ port, monitor: await freePort(), route: await freePort() });
    }
    const urls = (scheme: string, of: 'port' | 'route'): string =>
      servers.map((server) => `${scheme}://127.0.0.1:${server[of]}`).join(', ');
    return [
      '[nats:dc1]',
      'STREAM_REPLICAS = 3',
      `NATS_URL = ${urls('nats', 'port')}`,
      `NATS_CLUSTER_ROUTES = ${urls('nats-route', 'route')}`,
      'NATS_USER = cluster',
      'NATS_PASSWORD = secret',
      ...servers.flatMap(({ port, monitor, route }, i) => [
        `[nats:${names[i]}]`,
        `NATS_PORT = ${port}`,
        `NATS_MONITOR_PORT = ${monitor}`,
        `NATS_CLUSTER_LISTEN = 127.0.0.1:${route}`,
      ]),
    ];
  }
}

/** True while another datacentre has points for this replica that it has not. */
function isMissing({ mirrored }: ReplicaView): boolean {
  return mirrored.some(
    ({ state, behind, lag }) => state !== 'following' || behind !== 0 || lag > 0,
  );
}

/** Polls until `done` says so; a poll that throws counts as "not yet". */
export async function eventually(
  limitMs: number,
  what: string,
  done: () => Promise<boolean> | boolean,
): Promise<void> {
  const deadlineMs = Date.now() + limitMs;
  let last: unknown;
  while (Date.now() < deadlineMs) {
    try {
      if (await done()) return;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await new Promise((wake) => setTimeout(wake, 100));
  }
  throw new Error(`waited ${limitMs} ms in vain for ${what}`, { cause: last });
}
