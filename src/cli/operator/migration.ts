import type { Clock } from '../../actors/ports/clock.js';
import { errorText } from '../../errors.js';
import type { MigrateReply, MigrationCursor, Request } from '../../protocols/messages.js';
import type { MigrationReport, NodeMigrationReport } from './answers.js';

type Migrate = Extract<Request, { type: 'migrate' }>;

export interface MigrationNeeds {
  nodes: readonly string[];
  pattern: string;
  dryRun: boolean;
  /** Files rewritten a second, on each node. */
  rate: number;
  ask: (node: string, request: Migrate) => Promise<MigrateReply>;
  clock: Clock;
  /** Resolves when the operator wants no more; what was asked is waited for. */
  stopped: Promise<void>;
  /** Told once a second at most. */
  progress: (report: MigrationReport) => void;
}

/** Failed files that are listed; all of them are counted. */
const LISTED_MAX = 20;
/** Requests a second when there is much to rewrite, so that a batch is a short burst. */
const BATCHES_PER_SECOND = 4;
const PROGRESS_MS = 1_000;

/** Drives a migration on all nodes at once. It ends when there is nothing left to ask, or when it is stopped. */
export async function runMigration(needs: MigrationNeeds): Promise<MigrationReport> {
  const report: MigrationReport = {
    dryRun: needs.dryRun,
    isComplete: true,
    nodes: needs.nodes.map((node) => ({
      ...{ node, checked: 0, changed: 0, failed: 0, left: 0, refusals: [] },
    })),
    failures: [],
  };
  let isStopped = false;
  const stopped = needs.stopped.then(() => {
    isStopped = true;
  });
  const quiet = needs.clock.every(PROGRESS_MS, () => needs.progress(report));
  try {
    await Promise.all(
      report.nodes.map((node) => migrateNode(needs, report, node, stopped, () => isStopped)),
    );
  } finally {
    quiet();
  }
  report.isComplete = !isStopped;
  return report;
}

/** Whether everything was looked at, and nothing went wrong. */
export function isClean({ isComplete, nodes }: MigrationReport): boolean {
  return isComplete && nodes.every((node) => node.failed === 0 && node.refusals.length === 0);
}

async function migrateNode(
  needs: MigrationNeeds,
  report: MigrationReport,
  node: NodeMigrationReport,
  stopped: Promise<void>,
  isStopped: () => boolean,
): Promise<void> {
  const { pattern, dryRun, rate, clock } = needs;
  const filesMax = Math.max(1, Math.floor(rate / BATCHES_PER_SECOND));
  let from: MigrationCursor | null = null;
  let dueMs = 0;
  do {
    const askedMs = clock.monotonicMs();
    let reply: MigrateReply;
    try {
      reply = await needs.ask(node.node, { type: 'migrate', pattern, filesMax, dryRun, from });
    } catch (error) {
      node.refusals.push(errorText(error));
      return;
    }
    add(report, node, reply);
    from = reply.next;
    if (from === null) return;
    const rewritten = dryRun ? 0 : reply.changed + reply.failures.length;
    dueMs = Math.max(dueMs, askedMs) + (rewritten * 1000) / rate;
    await waitUntil(clock, dueMs, stopped);
  } while (!isStopped());
}

function add(report: MigrationReport, node: NodeMigrationReport, reply: MigrateReply): void {
  node.checked += reply.checked;
  node.changed += reply.changed;
  node.failed += reply.failures.length;
  node.left = reply.left;
  node.refusals.push(...reply.refusals.map(({ shard, error }) => `shard ${shard}: ${error}`));
  for (const failure of reply.failures) {
    if (report.failures.length < LISTED_MAX) report.failures.push({ node: node.node, ...failure });
  }
}

async function waitUntil(clock: Clock, dueMs: number, stopped: Promise<void>): Promise<void> {
  const waitMs = dueMs - clock.monotonicMs();
  if (waitMs <= 0) return;
  let cancel = (): void => undefined;
  const due = new Promise<void>((resolve) => {
    cancel = clock.after(waitMs, resolve);
  });
  await Promise.race([due, stopped]);
  cancel();
}
