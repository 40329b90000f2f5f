import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterView } from '../../src/actors/query/cluster-view.js';
import type { ClusterGaps } from '../../src/actors/query/gaps.js';
import type { ReplicaView } from '../../src/actors/query/replica-view.js';
import type { AuditView } from '../../src/protocols/audit-view.js';
import { ClusterUnderTest, eventually } from '../support/cluster.js';
import { Link } from '../support/link.js';
import { Random } from '../support/random.js';
import { SmallDisk } from '../support/small-disk.js';
import { Faults } from './faults.js';
import { Load } from './load.js';
import { readLogs } from './log-content.js';
import { Model, WAYS, type Way } from './model.js';
import { faultPlan, type PlannedFault } from './plan.js';
import { Prober } from './prober.js';
import { type ChaosReport, type LongestGaps, longestGaps } from './report.js';
import { LineSender, NatsSender, PostSender, type Sender } from './senders.js';
import { compareFiles, lostLines, Problems, unloggedPoints } from './verdict.js';

const NODES = ['node1', 'node2', 'node3', 'node4'];
const FULL = 'node4';
const WATCHED_METRICS = 32;
const PROBLEMS_SHOWN = 20;
/** As parents tell of it. */
const DEATH = /: (exited with code|was killed by|could not be started)/;
const SETTLE_MS = 240_000;
const BALANCE_MS = 60_000;
const PROGRESS_MS = 10_000;
/** Files last longer than the run, and fit into one page each as long as that is possible. */
const SPARE_S = 900;
const SMALL_FILE_BYTES = 8 * 2 ** 10;
const SMALL_DISK_SPARE_BYTES = 32 * 2 ** 20;

export interface ChaosOptions {
  seed: number;
  seconds: number;
  metrics: number;
  /** Between two points of a metric. */
  stepS: number;
  longestFaultMs: number;
  /** Time from one fault to the next. */
  faultEveryMs: readonly [least: number, most: number];
  print: (line: string) => void;
}

/** Four nodes at replication factor 2 under a steady load, to which a seed has all kinds of things happen. */
export class ChaosRun {
  readonly #options: ChaosOptions;
  readonly #model: Model;
  readonly #cluster: ClusterUnderTest;
  readonly #disk: SmallDisk | undefined;
  readonly #loadLink: Link;
  readonly #faults: Faults;
  readonly #prober: Prober;
  readonly #startedMs = Date.now();
  #load: Load | undefined;

  private constructor(
    options: ChaosOptions,
    cluster: ClusterUnderTest,
    disk: SmallDisk | undefined,
    loadLink: Link,
  ) {
    const { seed, seconds, metrics, stepS } = options;
    this.#options = options;
    this.#cluster = cluster;
    this.#disk = disk;
    this.#loadLink = loadLink;
    const rounds = Math.max(1, Math.floor(seconds / stepS));
    const startS = (Math.floor(Date.now() / 1000 / stepS) + 1) * stepS;
    this.#model = new Model({ metrics, rounds, stepS, startS, seed });
    const links = new Map([...cluster.links, ['load', loadLink]]);
    this.#faults = new Faults(cluster, links, disk, (line) => this.#print(line));
    this.#prober = new Prober(cluster, this.#model, watchedMetrics(this.#model, seed));
  }

  /** Starts the cluster; `stop` or `run` and then `remove` have to follow. */
  static async start(options: ChaosOptions): Promise<ChaosRun> {
    const { seconds, metrics, stepS } = options;
    const kept = Math.ceil((seconds + SPARE_S) / stepS);
    let disk: SmallDisk | undefined;
    const cluster = await ClusterUnderTest.launch({
      nodes: NODES,
      linked: true,
      retentions: `${stepS}:${kept},${stepS * 6}:${Math.ceil(kept / 3)}`,
      cluster: [`NODES = ${NODES.map((name, i) => `${name}:zone${i}`).join(', ')}`],
      cache: ['WRITE_DELAY = 2', 'CHECKPOINT_HOLDBACK = 0', 'MAX_CREATES_PER_MINUTE = inf'],
      prepare: (dataFolder) => {
        const bytes = (metrics / 2) * SMALL_FILE_BYTES + SMALL_DISK_SPARE_BYTES;
        disk = SmallDisk.mount(join(dataFolder, FULL), bytes);
      },
    }).catch((error) => {
      disk?.unmount();
      throw error;
    });
    return new ChaosRun(options, cluster, disk, await Link.to(cluster.ports.nats));
  }

  /** Sends, breaks, heals and compares. */
  async run(): Promise<ChaosReport> {
    const model = this.#model;
    const { ports } = this.#cluster;
    const lines = new LineSender(ports.line, model);
    const senders = {
      nats: await NatsSender.connect(this.#loadLink.port, model),
      post: new PostSender(ports.post, model),
      lines,
    };
    this.#load = new Load(model, senders, (cells, nowMs) =>
      this.#prober.acknowledged(cells, nowMs),
    );
    const loading = this.#load.run();
    this.#prober.start();
    const progress = setInterval(() => void this.#tellProgress(), PROGRESS_MS);
    try {
      await Promise.all([loading, this.#faults.run(this.#plan())]);
      for (const sender of Object.values(senders)) await sender.close();
      const healedMs = Date.now();
      this.#print('all is healed, and all points are sent');
      await this.#cluster.settled(SETTLE_MS);
      const settledMs = Date.now() - healedMs;
      await this.#prober.finish();
      return await this.#report(lines, settledMs, senders);
    } finally {
      clearInterval(progress);
      this.stop();
    }
  }

  /** Everything ends soon, and what was broken is mended. */
  stop(): void {
    this.#load?.stop();
    this.#faults.stop();
    this.#prober.stop();
  }

  /** Ends the cluster and removes its files. */
  async remove(): Promise<void> {
    this.stop();
    this.#loadLink.close();
    await this.#cluster.stop();
    this.#disk?.unmount();
    await this.#cluster.remove();
  }

  #plan(): PlannedFault[] {
    const { seed, longestFaultMs: longestMs, faultEveryMs: everyMs } = this.#options;
    const smallDisk = this.#disk === undefined ? undefined : FULL;
    const lengthMs = this.#model.rounds * this.#model.stepS * 1000;
    return faultPlan({ seed, lengthMs, nodes: NODES, smallDisk, longestMs, everyMs });
  }

  async #report(
    lines: LineSender,
    settledMs: number,
    senders: Record<Way, Sender>,
  ): Promise<ChaosReport> {
    const model = this.#model;
    const audit = await this.#audit();
    const { gaps } = await this.#cluster.json<ClusterGaps>('/gaps');
    const { shardCount } = await this.#cluster.view();
    this.#print('comparing logs and files');
    const logs = await readLogs(this.#cluster.ports.nats, shardCount, model);
    const files = await compareFiles(this.#cluster, model, logs);
    const { lost, problems: oddLines } = lostLines(lines.connections, model, logs, shardCount);
    const { probes, failures, unseen, wrongValues } = this.#prober;
    return {
      seed: this.#options.seed,
      acknowledged: this.#load?.acknowledgedPoints ?? 0,
      lines: { sent: this.#load?.sentLines ?? 0, lost },
      retries: WAYS.map((way) => `${senders[way].retries} ${way}`),
      faults: this.#faults.counts,
      settledMs,
      logs: { messages: logs.messages, points: logs.points },
      files: { count: files.files, points: files.compared },
      probes: { count: probes, failures },
      gaps: this.#gaps(),
      audit: audit.verdict,
      problems: [
        ...described('acknowledged points are in no log', unloggedPoints(model, logs)),
        ...described('lines are missing that should not be', oddLines),
        ...described('accepted points are not in a file', files.missing),
        ...described('metrics have unequal replicas', files.unequal),
        ...described('values were read that nobody had sent', wrongValues),
        ...described('acknowledged points could not be read at any time', unseen),
        ...described('faults in the logs', logs.problems),
        ...described(
          'gaps are listed at the end',
          gaps.map((gap) => JSON.stringify(gap)),
        ),
        ...described('exits that nobody had asked for', this.#unaskedExits()),
        ...(audit.outcome === 'balanced' ? [] : [`the audit does not balance: ${audit.verdict}`]),
      ],
    };
  }

  /** The first audit that balances, or the last one when time is over. */
  async #audit(): Promise<AuditView> {
    let last: AuditView | undefined;
    await eventually(BALANCE_MS, 'the audit to balance', async () => {
      last = await this.#cluster.json<AuditView>('/audit');
      return last.outcome === 'balanced';
    }).catch((error) => {
      if (last === undefined) throw error;
    });
    return last as AuditView;
  }

  /** Deaths of children that their parents tell of, beyond those that we are to blame for. */
  #unaskedExits(): string[] {
    return ['nats', 'relay1', ...NODES, 'api1'].flatMap((role) => {
      const log = readFileSync(join(this.#cluster.folder, `${role}.log`), 'utf8');
      const deaths = log.split('\n').filter((line) => DEATH.test(line));
      return deaths.length > (this.#faults.kills.get(role) ?? 0) ? deaths : [];
    });
  }

  #gaps(): LongestGaps {
    return longestGaps(this.#prober.gaps, this.#faults.past, this.#startedMs);
  }

  async #tellProgress(): Promise<void> {
    const sent = this.#load?.acknowledgedPoints ?? 0;
    const faults = this.#faults.past.length;
    const longest = this.#gaps().longest;
    const behind = await this.#cluster.view().then(behindText, () => 'the cluster does not answer');
    this.#print(
      `${sent} points acknowledged, ${faults} faults, longest gap so far ${((longest?.ms ?? 0) / 1000).toFixed(1)} s; ${behind}`,
    );
  }

  #print(line: string): void {
    const seconds = (Date.now() - this.#startedMs) / 1000;
    this.#options.print(`  ${seconds.toFixed(1).padStart(6)} s  ${line}`);
  }
}

/** Which nodes have how much to do. */
function behindText({ nodes, ingest, relays }: ClusterView): string {
  const busy = nodes.map(({ name, state, shards }) => {
    const sum = (of: (shard: ReplicaView) => number): number =>
      shards.reduce((total, shard) => total + of(shard), 0);
    const counts = [sum(({ lag }) => lag), sum((one) => one.queuePoints)];
    return `${name} ${state} ${counts.join('/')}`;
  });
  const pending = relays.reduce((total, { pendingPoints }) => total + pendingPoints, 0);
  return `messages/points behind: ${busy.join(', ')}, ingest ${ingest.waiting + ingest.inHand}, relay 0/${pending}`;
}

/** Acknowledged metrics for the prober, all there from the beginning. */
function watchedMetrics(model: Model, seed: number): Set<number> {
  const random = new Random(seed);
  const metrics = new Set<number>();
  for (let tries = 0; tries < 100 * WATCHED_METRICS && metrics.size < WATCHED_METRICS; tries++) {
    const metric = random.int(0, model.metrics - 1);
    if (model.way(metric) !== 'lines' && model.birth(metric) === 0) metrics.add(metric);
  }
  return metrics;
}

function described(what: string, problems: Problems | readonly string[]): string[] {
  const { count, first } =
    problems instanceof Problems
      ? problems
      : { count: problems.length, first: problems.slice(0, PROBLEMS_SHOWN) };
  return count === 0 ? [] : [`${count} ${what}:`, ...first.map((line) => `  ${line}`)];
}
