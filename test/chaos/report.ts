import type { PastFault } from './faults.js';
import type { FaultKind } from './plan.js';
import { lengthMs, type ReadabilityGap } from './prober.js';

/** A fault may be the cause of a gap that begins so much later: a process starts again, connections are made. */
const AFTERMATH_MS = 15_000;

export interface LongestGap {
  ms: number;
  /** Since the start of the run. */
  fromMs: number;
  metric: string;
  timestamp: number;
  /** What went wrong meanwhile, or shortly before. */
  faults: string[];
}

export interface LongestGaps {
  longest: LongestGap | undefined;
  /** Of those while nothing was wrong but with one node at most. */
  byOneNode: LongestGap | undefined;
}

/** What a run has shown. */
export interface ChaosReport {
  seed: number;
  /** Points that were acknowledged. */
  acknowledged: number;
  /** Plain lines; lost are those that a killed relay had and no log. */
  lines: { sent: number; lost: number };
  retries: string[];
  faults: Record<FaultKind, number>;
  /** From the end of load and faults until all replicas had all. */
  settledMs: number;
  logs: { messages: number; points: number };
  files: { count: number; points: number };
  probes: { count: number; failures: number };
  gaps: LongestGaps;
  /** The sentence of the audit at the end. */
  audit: string;
  /** Nothing, if all is well. */
  problems: string[];
}

export function longestGaps(
  gaps: readonly ReadabilityGap[],
  faults: readonly PastFault[],
  startMs: number,
): LongestGaps {
  const found: LongestGaps = { longest: undefined, byOneNode: undefined };
  for (const gap of gaps) {
    const ms = lengthMs(gap);
    if (ms <= (found.byOneNode?.ms ?? 0)) continue;
    const causes = faults.filter(
      ({ fromMs, untilMs }) => fromMs < gap.untilMs && untilMs > gap.fromMs - AFTERMATH_MS,
    );
    const { metric, timestamp } = gap;
    const names = [...new Set(causes.map(({ kind, target }) => `${kind} ${target}`))];
    const one = { ms, fromMs: gap.fromMs - startMs, metric, timestamp, faults: names };
    if (ms > (found.longest?.ms ?? 0)) found.longest = one;
    const targets = [...new Set(causes.map(({ target }) => target))];
    if (targets.length < 2 && targets.every((target) => target.startsWith('node')))
      found.byOneNode = one;
  }
  return found;
}

/** For people. */
export function reportText(report: ChaosReport): string {
  const { lines, logs, files, probes, gaps } = report;
  const kinds = Object.entries(report.faults).map(([kind, count]) => `${kind} ${count}`);
  return [
    `seed ${report.seed}: ${grouped(report.acknowledged)} points acknowledged, ${grouped(lines.sent)} plain lines sent; sent again: ${report.retries.join(', ')}`,
    `faults: ${kinds.join(', ')}`,
    `settled ${seconds(report.settledMs)} after the last fault; ${grouped(logs.points)} points in ${grouped(logs.messages)} messages of the logs`,
    `${grouped(files.points)} points looked up in ${grouped(files.count)} files; lines that killed relays had and no log: ${lines.lost}`,
    `read ${probes.count} times, ${probes.failures} of them without an answer`,
    `longest gap in readability: ${gapText(gaps.longest)}`,
    `longest one while one node at most was at fault: ${gapText(gaps.byOneNode)}`,
    `audit: ${report.audit}`,
    report.problems.length === 0
      ? 'nothing is missing, and all replicas are equal'
      : `WRONG:\n${report.problems.join('\n')}`,
  ].join('\n');
}

function gapText(gap: LongestGap | undefined): string {
  if (gap === undefined) return 'none';
  return `${seconds(gap.ms)} from ${seconds(gap.fromMs)} on (${gap.faults.join(', ') || 'no fault'})`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
