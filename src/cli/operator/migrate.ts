import { NodeClient } from '../../actors/query/node-client.js';
import { firstStopSignal } from '../../edge/child-process.js';
import { systemClock } from '../../edge/clock.js';
import { NatsBus } from '../../edge/nats-bus.js';
import { writeOut } from '../output.js';
import type { MigrationReport } from './answers.js';
import { type Cluster, connected, SILENT } from './cluster.js';
import { isClean, runMigration } from './migration.js';
import { sum, table } from './table.js';

/** `carbonbus migrate`: brings existing files in line with the storage rules; stops with this command. */
export async function migrate(
  cluster: Cluster,
  pattern: string,
  { rate, dryRun = false, json }: { rate: number; dryRun?: boolean; json?: boolean },
): Promise<number> {
  const report = await connected(cluster, (connection) => {
    const client = new NodeClient(new NatsBus(connection, SILENT), cluster.timeoutMs);
    return runMigration({
      nodes: cluster.settings.cluster.nodes.map((node) => node.name),
      pattern,
      dryRun,
      rate,
      ask: (node, request) => client.ask('node', node, request),
      clock: systemClock,
      stopped: firstStopSignal(),
      progress: (sofar) => process.stderr.write(migrationProgress(sofar)),
    });
  });
  await writeOut(json ? `${JSON.stringify(report)}\n` : migrationText(report));
  return isClean(report) ? 0 : 1;
}

/** One line for a person who waits. */
export function migrationProgress({ dryRun, nodes }: MigrationReport): string {
  const of = nodes.map(
    ({ node, checked, changed, failed, left }) =>
      `${node}: ${checked} checked, ${changed} ${dryRun ? 'differ' : 'changed'}, ${failed} failed, ${left} left`,
  );
  return `${of.join(' | ')}\n`;
}

export function migrationText(report: MigrationReport): string {
  const { dryRun, isComplete, nodes, failures } = report;
  const rows = nodes.map(({ node, checked, changed, failed, left }) => [
    node,
    ...[checked, changed, failed, left].map(String),
  ]);
  const head = ['NODE', 'CHECKED', dryRun ? 'DIFFER' : 'CHANGED', 'FAILED', 'LEFT'];
  const failed = sum(nodes.map((node) => node.failed));
  return [
    table([head, ...rows]),
    ...nodes.flatMap(({ node, refusals }) => refusals.map((why) => `${node} refused: ${why}\n`)),
    ...failures.map(({ node, name, error }) => `${node} failed: ${name}: ${error}\n`),
    failed > failures.length ? `... and ${failed - failures.length} more failed\n` : '',
    isComplete ? '' : 'stopped; the next migration goes on with what still differs\n',
  ].join('');
}
