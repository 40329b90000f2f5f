import type { DependencyContainer } from 'tsyringe';
import type { HeartbeatSender } from '../actors/membership/heartbeats.js';
import type { MirrorSupervisor } from '../actors/mirrors/mirror-supervisor.js';
import type { Node } from '../actors/node/node.js';
import { NodeDrain } from '../actors/node/node-drain.js';
import { NodeMigration } from '../actors/node/node-migration.js';
import { type NodeLimits, NodeRequests } from '../actors/node/node-requests.js';
import type { NodeRepairs } from '../actors/repair/node-repairs.js';
import { RuleReloads } from '../actors/rules/rule-reloads.js';
import type { Deltas, SelfReport } from '../actors/self-metrics/self-metrics.js';
import { registerBus } from '../composition/bus.js';
import { registerNode } from '../composition/node.js';
import { registerRepair } from '../composition/repair.js';
import {
  BUS,
  GIVEN,
  MIRROR_SUPERVISORS,
  NODE_FACTORY,
  NODE_REPAIRS,
  QUEUE_BUDGET,
  RETIRED_SHARDS,
  SHARD_MAP,
  WRITE_LIMITS,
} from '../composition/tokens.js';
import { onReloadSignal } from '../edge/child-process.js';
import { cpuSeconds, residentBytes } from '../edge/process-usage.js';
import { CarbonbusError } from '../errors.js';
import type { ReplicaReport } from '../protocols/heartbeat.js';
import { requestSubject } from '../protocols/subjects.js';
import { DrainMark } from '../storage/drain-mark.js';
import type { Files } from '../storage/files.js';
import { shardFolders } from '../storage/shard-folders.js';
import { startHeartbeat } from './heartbeat.js';
import type { Known, RoleProgram, RunningRole } from './role.js';
import { startSelfMetrics } from './self-metrics.js';

/** What the system says of a folder that is none, or somebody else's. */
const FOLDER_CODES = new Set(['ENOTDIR', 'EACCES', 'EPERM']);

/** Runs a node: its shard replicas, which read their logs and write whisper files. */
export const NODE_PROGRAM: RoleProgram = {
  parts: [registerBus, registerNode, registerRepair],
  check: requireKnown,
  isOnly: true,
  start: startNode,
};

/** One that was taken out of NODES goes on as long as it has files that others may have to copy. */
function requireKnown({ settings, name, files, dataFolder }: Known): void {
  const names = settings.cluster.nodes.map((node) => node.name);
  const kept = shardsIn(files, `${dataFolder}/${name}`);
  if (names.includes(name) || kept.length > 0) return;
  const remedy = `start one of these with --name, or add ${name} to NODES`;
  throw new CarbonbusError(
    'UNKNOWN_NODE',
    `${name} is not one of NODES (${names.join(', ')}), and has no files in ${dataFolder}: ${remedy}`,
  );
}

/** The shards that a node has files of. A folder that starting again cannot mend is refused. */
function shardsIn(files: Files, folder: string): number[] {
  try {
    return shardFolders(files, `${folder}/shards`);
  } catch (error) {
    if (!(error instanceof CarbonbusError && FOLDER_CODES.has(error.code))) throw error;
    const text = `${error.message}; make it a folder that this user may write, or change LOCAL_DATA_DIR`;
    throw new CarbonbusError('DATA_FOLDER_UNUSABLE', text, { cause: error });
  }
}

async function startNode(container: DependencyContainer): Promise<RunningRole> {
  const { settings, name, logger, clock, rules, files, dataFolder } = container.resolve(GIVEN);
  const retired = container.resolve(RETIRED_SHARDS);
  const reloads = new RuleReloads({
    what: 'the storage rules',
    rules,
    clock,
    log: logger,
    intervalMs: settings.cache.schemaReloadIntervalMs,
  });
  onReloadSignal(() => reloads.check());
  let heartbeat: HeartbeatSender | undefined;
  const node = container.resolve(NODE_FACTORY)(() => heartbeat?.beat());
  const migration = new NodeMigration(node, clock, () => reloads.check());
  const { hash } = container.resolve(SHARD_MAP);
  const repairs = container.resolve(NODE_REPAIRS)(node);
  const drain = new NodeDrain(node, new DrainMark(files, `${dataFolder}/${name}/drained`));
  const requests = new NodeRequests({
    ...{ node, migration, repairs, drain },
    limits: limitsOf(container),
    shardHash: hash,
    clock,
    log: logger,
  });
  const mirrors = container.resolve(MIRROR_SUPERVISORS);
  const selfMetrics = startSelfMetrics(container, 'node', (deltas) =>
    report(container, node, deltas),
  );
  heartbeat = startHeartbeat(container, {
    role: 'node',
    state: () => node.state,
    shards: () => node.reports().map((one) => told(one, mirrors, repairs)),
    replay: () => node.replay(),
    retired: () => retired.reports(),
    counters: () => ({
      ...counters(container, node),
      ...repairs.counters(),
      mirrorsMade: mirrors.reduce((total, { made }) => total + made, 0),
      mirrorsMadeAgain: mirrors.reduce((total, { madeAgain }) => total + madeAgain, 0),
      schemaReloadErrors: reloads.errors,
      ...requests.counters,
      selfReportsLost: selfMetrics.lostReports,
    }),
  });
  container.resolve(BUS).serve(requestSubject('node', name), (bytes) => requests.answer(bytes));
  return {
    failed: node.failed,
    async stop() {
      reloads.stop();
      repairs.stop();
      retired.stop();
      for (const mirror of mirrors) mirror.stop();
      selfMetrics.stop();
      container.resolve(WRITE_LIMITS).shutDown();
      await node.drain();
      heartbeat.stop();
    },
  };
}

/** What is told of a replica: besides what it says, how its mirrors stand to their origins, and it to its peers. */
function told(
  report: ReplicaReport,
  supervisors: MirrorSupervisor[],
  repairs: NodeRepairs,
): ReplicaReport {
  const mirrored = report.mirrored.map((log) => {
    const supervisor = supervisors.find(({ datacentre }) => datacentre === log.datacentre);
    const mirror = supervisor?.report(report.shard) ?? { state: 'unknown', behind: null };
    return { ...log, mirror };
  });
  const repair = repairs.report(report.shard);
  return { ...report, mirrored, ...(repair && { repair }) };
}

function limitsOf(container: DependencyContainer): NodeLimits {
  const { writeDelayMs, maxUpdatesPerSecond, maxCreatesPerMinute } =
    container.resolve(GIVEN).settings.cache;
  return {
    budget: container.resolve(QUEUE_BUDGET),
    writeDelayMs,
    updatesPerSecond: finiteOrNull(maxUpdatesPerSecond),
    createsPerMinute: finiteOrNull(maxCreatesPerMinute),
  };
}

function finiteOrNull(limit: number): number | null {
  return Number.isFinite(limit) ? limit : null;
}

/** For heartbeats and `/metrics`: totals of all replicas since the start, and gauges. */
function counters(container: DependencyContainer, node: Node): Record<string, number> {
  const totals: Record<string, number> = {};
  for (const runner of node.runners) {
    for (const [name, value] of Object.entries(runner.counters())) {
      totals[name] = (totals[name] ?? 0) + value;
    }
  }
  return {
    ...totals,
    metrics: sum(node, (runner) => runner.replica.metrics),
    queueMetrics: sum(node, (runner) => runner.replica.queuedMetrics),
    queuePoints: container.resolve(QUEUE_BUDGET).points,
    cpuSeconds: cpuSeconds(),
    residentBytes: residentBytes(),
  };
}

function report(container: DependencyContainer, node: Node, deltas: Deltas): SelfReport {
  const totals = counters(container, node);
  const since = (name: string): number => deltas.since(name, totals[name] ?? 0);
  const updateOperations = since('updateOperations');
  const committedPoints = since('committedPoints');
  return {
    metricsReceived: since('pointsApplied'),
    updateOperations,
    committedPoints,
    pointsPerUpdate: updateOperations === 0 ? 0 : committedPoints / updateOperations,
    avgUpdateTime: updateOperations === 0 ? 0 : since('writeMs') / 1000 / updateOperations,
    creates: since('creates'),
    droppedCreates: since('droppedUnstorable'),
    errors: since('errors'),
    'cache.size': totals.queuePoints,
    'cache.queues': totals.queueMetrics,
  };
}

function sum(node: Node, of: (runner: Node['runners'][number]) => number): number {
  let total = 0;
  for (const runner of node.runners) total += of(runner);
  return total;
}
