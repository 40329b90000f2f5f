import type { ReplayLimits } from '../../src/actors/shard/replay-turns.js';
import type { ShardLog } from '../../src/actors/shard/replica-logs.js';
import { mirrorStream, shardStream } from '../../src/protocols/subjects.js';
import type { CreationRule } from '../../src/storage/schemas.js';
import type { WriteStrategy } from '../../src/storage/write-order.js';
import type { Random } from '../support/random.js';
import { archives } from '../support/test-store.js';
import { WRITEBACK_MS } from './simulated-disk.js';

/** What a world is made of; chosen by its seed. */
export interface WorldShape {
  readonly nodes: readonly string[];
  readonly relays: readonly string[];
  readonly shardCount: number;
  readonly replicationFactor: number;
  /** Each shard has a mirror of another datacentre's log. */
  readonly isMirrored: boolean;
  readonly writeDelayMs: number;
  readonly rollUpDelayMs: number;
  /** How a checkpoint is kept behind the disk: by waiting, or by syncing. */
  readonly durability: 'holdback' | 'sync';
  readonly holdbackMs: number;
  readonly checkpointIntervalMs: number;
  readonly strategy: WriteStrategy;
  readonly queuePointsMax: number;
  readonly openFilesMax: number;
  readonly createsPerMinute: number;
  readonly replays: ReplayLimits;
  readonly batchBytes: number;
  readonly windowBytes: number;
  /** Power cuts take the ends of shard logs from nats-server. */
  readonly cutsServer: boolean;
  /** Messages that retention leaves of a shard log; undefined: all. */
  readonly retentionMessages: number | undefined;
  /** Replicas compare themselves with their peers; retention, disks and files make them differ. */
  readonly isRepaired: boolean;
  /** Between two comparisons. */
  readonly repairIntervalMs: number;
  readonly repairBytesPerSecond: number;
  /** Longest way of the time of day of one machine. */
  readonly jumpMaxMs: number;
  /** While things go wrong and points come. */
  readonly troubledMs: number;
  /** Between two faults, at most. */
  readonly faultEveryMs: number;
  /** Between two batches of a sender, at most. */
  readonly pointsEveryMs: number;
}

/** Most worlds are short and full of trouble; in a few there is time for what takes long. */
export function randomShape(random: Random): Omit<WorldShape, 'cutsServer'> {
  const shape = {
    nodes: ['node1', 'node2', 'node3'].slice(0, random.int(2, 3)),
    relays: ['relay1', 'relay2'].slice(0, random.int(1, 2)),
    shardCount: random.int(1, 3),
    replicationFactor: 2,
    isMirrored: random.chance(0.3),
    writeDelayMs: random.pick([0, 1_000, 5_000]),
    rollUpDelayMs: random.pick([0, 2_000, 8_000]),
    durability: random.chance(0.5) ? ('sync' as const) : ('holdback' as const),
    holdbackMs: WRITEBACK_MS + 1_000,
    checkpointIntervalMs: random.pick([500, 1_000, 3_000]),
    strategy: random.pick(['sorted', 'max', 'naive', 'timesorted'] as const),
    queuePointsMax: random.pick([60, 1_000, 100_000]),
    openFilesMax: random.pick([1, 3, 100]),
    createsPerMinute: random.chance(0.2) ? 10 : Number.POSITIVE_INFINITY,
    replays: {
      atOnce: random.int(1, 3),
      bytesPerSecond: random.pick([5_000, Number.POSITIVE_INFINITY]),
      liveLagMax: random.pick([2, 64]),
    },
    batchBytes: 4_096,
    windowBytes: random.pick([2_000, 100_000]),
    retentionMessages: random.chance(0.2) ? random.int(5, 40) : undefined,
    isRepaired: random.chance(0.3),
    repairIntervalMs: random.pick([0, 20_000]),
    repairBytesPerSecond: random.pick([100_000, 10_000_000]),
    jumpMaxMs: 600_000,
    troubledMs: random.chance(0.2) ? random.int(25_000, 60_000) : random.int(5_000, 25_000),
    faultEveryMs: random.pick([2_000, 6_000]),
    pointsEveryMs: random.pick([400, 1_000, 3_000]),
  };
  return shape.isRepaired ? { ...shape, ...repairedShape(random) } : shape;
}

/** A gap is repaired once points of its time must have arrived: short delays and small errors of clocks make short worlds. */
function repairedShape(random: Random): Partial<WorldShape> {
  return {
    writeDelayMs: random.pick([0, 1_000]),
    rollUpDelayMs: random.pick([0, 2_000]),
    retentionMessages: random.int(5, 40),
    jumpMaxMs: 10_000,
  };
}

export const OTHER_DATACENTRE = 'dc2';

/** The logs of a shard, as the composition orders them. */
export function logsOf(shape: WorldShape, shard: number): ShardLog[] {
  const own = { datacentre: 'dc1', stream: shardStream(shard), isMirror: false };
  if (!shape.isMirrored) return [own];
  const stream = mirrorStream(shard, OTHER_DATACENTRE);
  return [own, { datacentre: OTHER_DATACENTRE, stream, isMirror: true }];
}

/** Finest archive: 10 s for an hour, which is longer than anything that happens takes. */
export const FINEST_S = 10;
const FINE = [FINEST_S, 360] as const;
const RULES: readonly (readonly [prefix: string, rule: CreationRule])[] = [
  ['plain.', { archives: archives(FINE), xFilesFactor: 0.5, method: 'average' }],
  ['sum.', { archives: archives(FINE, [60, 120]), xFilesFactor: 0, method: 'sum' }],
  ['max.', { archives: archives(FINE, [60, 120], [300, 48]), xFilesFactor: 0.3, method: 'max' }],
  ['last.', { archives: archives(FINE, [30, 240], [600, 24]), xFilesFactor: 1, method: 'last' }],
];
const AVERAGE: CreationRule = {
  archives: archives(FINE, [60, 120], [300, 48]),
  xFilesFactor: 0.5,
  method: 'average',
};

/** What the file of a metric is made with. */
export function ruleOf(name: string): CreationRule {
  return RULES.find(([prefix]) => name.startsWith(prefix))?.[1] ?? AVERAGE;
}

/** Names of every kind: plain ones, tagged ones, and two that share a file where they share a shard. */
export const METRICS: readonly string[] = [
  'plain.a',
  'plain.b',
  'sum.a',
  'sum.b',
  'max.a',
  'last.a',
  'servers.web1.cpu',
  'servers.web2.cpu',
  'servers.web2.disk',
  'disk;host=a;mount=root',
  'disk;host=b',
  'twin.a',
  'twin..a',
];
