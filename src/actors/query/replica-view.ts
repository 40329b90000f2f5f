import type { MirrorReport, ReplayReport, ReplicaReport } from '../../protocols/heartbeat.js';
import type { RepairReport } from '../../protocols/repair-messages.js';
import type { Member } from '../membership/membership.js';

/** A replica in `/cluster`. `lag`: log messages not yet applied; `queuePoints`: points not yet on disk. */
export interface ReplicaView {
  shard: number;
  state: ReplicaReport['state'] | 'unknown';
  checkpoint: number;
  logEnd: number;
  lag: number;
  queuePoints: number;
  /** Metrics that wait for the roll-up of their newest points (ROLL_UP_DELAY). */
  rollUpsWaiting: number;
  dataFolder: string;
  mirrored: MirroredView[];
  /** What it knows to lack, and what of that no peer can give it. */
  gaps: number;
  gapsIrreparable: number;
  /** While it is to be compared with its peers, or is being compared. */
  repair: RepairReport | null;
}

/** What a node, or all of them, has still to replay. `secondsLeft`: null where it does not come nearer to the end. */
export interface ReplayView {
  replicas: number;
  /** Messages. */
  lag: number;
  fromLag: number;
  secondsLeft: number | null;
}

/** What a replica has of another datacentre. `behind`: messages that the mirror lacks; null while nobody knows. */
export interface MirroredView {
  datacentre: string;
  state: MirrorReport['state'];
  behind: number | null;
  checkpoint: number;
  logEnd: number;
  lag: number;
}

/** A replica as its node last told of it. @param logEnd of its log, asked of the log */
export function replicaView(
  shard: number,
  member: Member | undefined,
  logEnd: number,
): ReplicaView {
  const report = member?.last?.shards.find((one) => one.shard === shard);
  const applied = report?.applied ?? 0;
  return {
    shard,
    state: report?.state ?? 'unknown',
    checkpoint: report?.checkpoint ?? 0,
    logEnd,
    lag: Math.max(0, logEnd - applied),
    queuePoints: report?.queuePoints ?? 0,
    rollUpsWaiting: report?.rollUpsWaiting ?? 0,
    dataFolder: report?.dataFolder ?? '',
    gaps: report?.gaps ?? 0,
    gapsIrreparable: report?.gapsIrreparable ?? 0,
    repair: report?.repair ?? null,
    mirrored: (report?.mirrored ?? []).map((log) => ({
      datacentre: log.datacentre,
      state: log.mirror?.state ?? 'unknown',
      behind: log.mirror?.behind ?? null,
      checkpoint: log.checkpoint,
      logEnd: log.logEnd,
      lag: Math.max(0, log.logEnd - log.applied),
    })),
  };
}

/** @param replay as the node last told of it */
export function replayOf(
  shards: readonly ReplicaView[],
  replay: ReplayReport | undefined,
): ReplayView | null {
  if (replay === undefined) return null;
  const replaying = shards.filter(({ state }) => state === 'replaying');
  const lag = replaying.reduce(
    (total, one) => one.mirrored.reduce((sum, mirror) => sum + mirror.lag, total + one.lag),
    0,
  );
  const { fromLag, perSecond } = replay;
  return {
    replicas: replaying.length,
    lag,
    fromLag,
    secondsLeft: perSecond > 0 ? Math.round(lag / perSecond) : null,
  };
}

export function replayOfAll(nodes: readonly { replay: ReplayView | null }[]): ReplayView | null {
  const replays = nodes.flatMap(({ replay }) => (replay === null ? [] : [replay]));
  if (replays.length === 0) return null;
  const left = replays.map(({ secondsLeft }) => secondsLeft);
  return {
    replicas: replays.reduce((sum, one) => sum + one.replicas, 0),
    lag: replays.reduce((sum, one) => sum + one.lag, 0),
    fromLag: replays.reduce((sum, one) => sum + one.fromLag, 0),
    secondsLeft: left.includes(null) ? null : Math.max(...left.map(Number)),
  };
}
