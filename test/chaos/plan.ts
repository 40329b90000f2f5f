import { Random } from '../support/random.js';

/** What can go wrong. All but `kill`, `restart` and `drop` last for a while. */
export const FAULT_KINDS = ['kill', 'restart', 'stop', 'cut', 'drop', 'fullDisk'] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface PlannedFault {
  atMs: number;
  kind: FaultKind;
  /** The name of a role; `load` is the connection of the producer at NATS. */
  target: string;
  /** 0 for what is over at once. */
  forMs: number;
}

export interface PlanOptions {
  seed: number;
  lengthMs: number;
  nodes: readonly string[];
  /** The node whose disk can be filled, where there is one. */
  smallDisk: string | undefined;
  /** Of a fault that lasts. */
  longestMs: number;
  /** Time from one fault to the next. */
  everyMs: readonly [least: number, most: number];
}

/** Nothing goes wrong for so long at the beginning, and at the end. */
const CALM_MS = 3_000;
const SHORTEST_MS = 1_000;

/**
 * What goes wrong when: first every fault once, in any order, then those that chance picks. Faults overlap, but for those
 * of one kind at one target.
 */
export function faultPlan(options: PlanOptions): PlannedFault[] {
  const random = new Random(options.seed);
  const due = shuffled(allFaults(options, random), random);
  const plan: PlannedFault[] = [];
  const freeAtMs = new Map<string, number>();
  for (let atMs = CALM_MS; atMs < options.lengthMs - CALM_MS; ) {
    const [kind, target] = due.shift() ?? random.pick(allFaults(options, random));
    const leftMs = options.lengthMs - CALM_MS - atMs;
    const lasts = kind === 'stop' || kind === 'cut' || kind === 'fullDisk';
    const forMs = lasts ? Math.min(leftMs, random.int(SHORTEST_MS, options.longestMs)) : 0;
    const place = `${kind} ${target}`;
    if ((freeAtMs.get(place) ?? 0) <= atMs) {
      plan.push({ atMs, kind, target, forMs });
      freeAtMs.set(place, atMs + forMs);
    }
    atMs += random.int(...options.everyMs);
  }
  return plan;
}

/** Each fault that there is, with a target; those of nodes as often as they deserve. */
function allFaults(
  { nodes, smallDisk }: PlanOptions,
  random: Random,
): [kind: FaultKind, target: string][] {
  const node = (): string => random.pick(nodes);
  const connected = (): string => random.pick([...nodes, 'relay1', 'load']);
  return [
    ['kill', node()],
    ['kill', node()],
    ['kill', node()],
    ['kill', 'relay1'],
    ['kill', 'nats'],
    ['restart', 'nats'],
    ['stop', node()],
    ['stop', node()],
    ['stop', 'relay1'],
    ['stop', 'nats'],
    ['cut', node()],
    ['cut', connected()],
    ['drop', connected()],
    ...(smallDisk === undefined ? [] : [['fullDisk', smallDisk] as [FaultKind, string]]),
  ];
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const left = [...items];
  return Array.from(items, () => left.splice(random.int(0, left.length - 1), 1)[0]);
}
