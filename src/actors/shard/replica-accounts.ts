import type { ReplicaAccounts } from '../../protocols/audit-messages.js';
import type { ReplicaReport } from '../../protocols/heartbeat.js';
import type { Gap } from '../../protocols/repair-messages.js';
import type { SequenceTally } from '../../protocols/sequence-tally.js';
import type { PointQueue } from '../../storage/point-queue.js';
import type { Writer } from './writer.js';

/** What the runner of a replica counts, over all its openings. */
export type Counted = 'malformedBatches' | 'messagesLost' | 'messagesRepaired' | 'messagesGivenUp';

/** What became of the points since a replica was opened; what its runner counts besides is left out. */
export function accountsOf(parts: {
  report: ReplicaReport;
  counters: { batchesApplied: number; pointsApplied: number };
  writer: Writer;
  queue: PointQueue;
  tally: SequenceTally;
  gaps: readonly Gap[];
  pulls: boolean;
  monotonicMs: number;
}): Omit<ReplicaAccounts, Counted> {
  const { report, queue } = parts;
  const { counters, heldBy } = parts.writer;
  const sinceMs = queue.longestWaitingSinceMs();
  return {
    report,
    batches: parts.counters.batchesApplied,
    applied: parts.counters.pointsApplied,
    written: counters.committedPoints,
    droppedTooOld: counters.droppedTooOld,
    droppedOutOfRange: counters.droppedOutOfRange,
    droppedUnstorable: counters.droppedUnstorable,
    queued: queue.points,
    oldestMs: sinceMs === undefined ? 0 : parts.monotonicMs - sinceMs,
    heldBy: parts.pulls ? heldBy : 'disk',
    parkedMetrics: queue.parked,
    gaps: parts.gaps,
    tally: parts.tally.message(),
  };
}
