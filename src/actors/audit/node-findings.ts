import type { NodeAccounts, ReplicaAccounts } from '../../protocols/audit-messages.js';
import type { Finding, Stage } from '../../protocols/audit-view.js';
import { LIVE_LAG } from '../shard/replay-turns.js';
import {
  type AskedNode,
  counted,
  type Gathered,
  grouped,
  seconds,
  shardsText,
  silence,
} from './gathered.js';

/** Points that are due are written within this, unless something is in the way. */
const WRITTEN_WITHIN_MS = 5_000;

/** A replica that has not read its log to the end. */
interface Behind {
  shard: number;
  lag: number;
  /** What the messages are likely to hold. */
  points: number;
}

/** What replicas and their writers hold. */
export function nodeFindings(gathered: Gathered): Finding[] {
  const batchPoints = pointsPerMessage(gathered);
  return gathered.nodes.flatMap((node) => {
    const behind = node.shards.flatMap((shard) => lagOf(node, shard, gathered, batchPoints));
    if (node.accounts === null) return [silent(node, behind, gathered)];
    return [
      ...degraded(node, node.accounts, behind),
      ...slowWriter(node.name, node.accounts),
      ...late(node, behind),
    ];
  });
}

function finding(stage: Stage, at: string, behind: readonly Behind[], text: string): Finding {
  const shards = behind.map(({ shard }) => shard);
  return { kind: 'holds', stage, at, shards, points: sumOf(behind), text };
}

function silent(node: AskedNode, behind: readonly Behind[], { atMs }: Gathered): Finding {
  const queued = (node.member?.last?.shards ?? []).reduce((sum, one) => sum + one.queuePoints, 0);
  const text = `${node.name} ${silence(node.member, atMs)}: its replicas are about ${behindText(behind)}; its logs keep them, and it reads on when it is back`;
  return { ...finding('replica', node.name, behind, text), points: sumOf(behind) + queued };
}

function degraded(node: AskedNode, accounts: NodeAccounts, behind: readonly Behind[]): Finding[] {
  const refused = accounts.replicas.filter(({ heldBy }) => heldBy === 'disk');
  if (refused.length === 0) return [];
  const shards = refused.map(({ report }) => report.shard);
  const theirs = behind.filter(({ shard }) => shards.includes(shard));
  const queued = refused.reduce((sum, one) => sum + one.queued, 0);
  const text = `${shardsText(shards)} on ${node.name} ${shards.length === 1 ? 'is' : 'are'} about ${behindText(theirs)}, and ${counted(queued, 'point')} wait in the queue: replica degraded, its disk refuses writes (${refused[0].report.dataFolder})`;
  const points = sumOf(theirs) + queued;
  return [{ kind: 'holds', stage: 'replica', at: node.name, shards, points, text }];
}

function slowWriter(name: string, accounts: NodeAccounts): Finding[] {
  const { replicas, writeDelayMs, queuePoints, queuePointsMax } = accounts;
  const slow = replicas.filter(
    ({ heldBy, oldestMs }) => heldBy !== 'disk' && oldestMs > writeDelayMs + WRITTEN_WITHIN_MS,
  );
  if (slow.length === 0) return [];
  const points = slow.reduce((sum, one) => sum + one.queued, 0);
  const oldestMs = Math.max(...slow.map((one) => one.oldestMs));
  const text = `the writer of ${name} is slow: its queue has ${grouped(queuePoints)} of ${counted(queuePointsMax, 'point')} (MAX_CACHE_SIZE), the oldest for ${seconds(oldestMs)}: ${holdText(accounts, slow)}`;
  const shards = slow.map(({ report }) => report.shard);
  return [{ kind: 'holds', stage: 'writer', at: name, shards, points, text }];
}

function holdText(accounts: NodeAccounts, slow: readonly ReplicaAccounts[]): string {
  const { updatesPerSecond, createsPerMinute } = accounts;
  const parked = slow.reduce((sum, one) => sum + one.parkedMetrics, 0);
  if (slow.some(({ heldBy }) => heldBy === 'updates'))
    return `MAX_UPDATES_PER_SECOND = ${updatesPerSecond} allows no more`;
  if (slow.some(({ heldBy }) => heldBy === 'files'))
    return `${counted(parked, 'metric')} wait for files that cannot be written, see its log`;
  if (slow.some(({ heldBy }) => heldBy === 'creates'))
    return `${counted(parked, 'new metric')} wait for MAX_CREATES_PER_MINUTE = ${createsPerMinute}`;
  return 'its disk or processor is slower than the points come';
}

/** Replicas that read, but have not reached the ends of their logs. */
function late(node: AskedNode, behind: readonly Behind[]): Finding[] {
  const reading = behind.filter(({ shard, lag }) => {
    const replica = node.accounts?.replicas.find(({ report }) => report.shard === shard);
    return lag > LIVE_LAG && replica?.heldBy !== 'disk';
  });
  if (reading.length === 0) return [];
  const states = new Set(
    reading.map(
      ({ shard }) =>
        node.accounts?.replicas.find((one) => one.report.shard === shard)?.report.state,
    ),
  );
  const shards = shardsText(reading.map(({ shard }) => shard));
  const verb = reading.length === 1 ? 'is' : 'are';
  const text = `${shards} on ${node.name} ${verb} about ${behindText(reading)}: ${[...states].join(', ')}`;
  return [finding('replica', node.name, reading, text)];
}

function behindText(behind: readonly Behind[]): string {
  const lag = behind.reduce((sum, one) => sum + one.lag, 0);
  return `${counted(sumOf(behind), 'point')} (${counted(lag, 'message')}) behind their logs`;
}

function lagOf(
  node: AskedNode,
  shard: number,
  { logs }: Gathered,
  batchPoints: readonly number[],
): Behind[] {
  const report =
    node.accounts?.replicas.find((one) => one.report.shard === shard)?.report ??
    node.member?.last?.shards.find((one) => one.shard === shard);
  const end = logs[shard]?.lastSequence ?? report?.logEnd ?? 0;
  const lag = Math.max(0, end - (report?.applied ?? 0));
  return lag === 0 ? [] : [{ shard, lag, points: lag * batchPoints[shard] }];
}

/** How many points a message of each log has on the average, as those who have read some say. */
function pointsPerMessage({ logs, nodes }: Gathered): number[] {
  const all = nodes.flatMap(({ accounts }) => accounts?.replicas ?? []);
  const mean = (some: readonly ReplicaAccounts[]): number => {
    const batches = some.reduce((sum, one) => sum + one.batches, 0);
    return batches === 0 ? 0 : some.reduce((sum, one) => sum + one.applied, 0) / batches;
  };
  return logs.map((_, shard) => mean(all.filter((one) => one.report.shard === shard)) || mean(all));
}

function sumOf(behind: readonly Behind[]): number {
  return behind.reduce((sum, { points }) => sum + points, 0);
}
