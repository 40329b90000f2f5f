import type { AuditRow, AuditView } from '../../protocols/audit-view.js';
import { writeOut } from '../output.js';
import { type Cluster, type OnBus, onBus } from './cluster.js';
import { table } from './table.js';

const EXIT_CODES = { balanced: 0, holds: 1, lost: 2 } as const;

/** `carbonbus audit`: what went into each stage and out of it, and who holds or lost points. */
export async function audit(
  cluster: Cluster,
  { json, shards }: { json?: boolean; shards?: boolean },
): Promise<number> {
  const view = await onBus(cluster, wholeAudit);
  await writeOut(json ? `${JSON.stringify(view)}\n` : auditText(view, shards === true));
  return EXIT_CODES[view.outcome];
}

/**
 * By an api, which has heard of the members for longer than this command, and so also of those that are silent; where
 * there is none, by this command.
 */
async function wholeAudit({ auditor, client, membership }: OnBus): Promise<AuditView> {
  for (const { name } of membership.ofRole('api')) {
    try {
      return await client.ask('api', name, { type: 'audit' });
    } catch {
      // The next one is asked, and at last this command does it by itself.
    }
  }
  return auditor.view();
}

/** @param shards whether there is a line for each shard, instead of one for all of a process */
function auditText(
  { datacentre, verdict, outcome, findings, rows }: AuditView,
  shards: boolean,
): string {
  const shown = shards ? rows : joined(rows);
  const head = [
    'STAGE',
    'AT',
    'OF',
    'UNIT',
    'IN',
    'OUT',
    'HELD',
    'DROPPED',
    'LOST',
    'REPAIRED',
    'REASON',
  ];
  return [
    table([head, ...shown.map(cells)]),
    ...(findings.length > 1
      ? ['\n', ...findings.slice(1).map(({ text }) => `also: ${text}\n`)]
      : []),
    `\n${datacentre} ${outcome === 'balanced' ? '' : `${outcome}: `}${verdict}\n`,
  ].join('');
}

function cells(row: AuditRow): string[] {
  const { stage, at, of, unit, reason } = row;
  const counts = [row.in ?? '-', row.out ?? '-', row.held, row.dropped, row.lost, row.repaired];
  return [stage, at, of, unit, ...counts.map(String), reason];
}

/** The rows of a stage and process that are about one shard each, as one row. */
function joined(rows: readonly AuditRow[]): AuditRow[] {
  const sums = new Map<string, AuditRow[]>();
  for (const row of rows) {
    const at = row.stage === 'log' ? 'nats' : row.at;
    const key = row.shard === null ? `${sums.size}` : `${row.stage} ${at} ${row.unit}`;
    sums.set(key, [...(sums.get(key) ?? []), { ...row, at }]);
  }
  // The relays' own rows for all their shards say more than a sum.
  return [...sums.values()]
    .filter(([{ stage, shard }]) => stage !== 'relay' || shard === null)
    .map((some) => (some.length === 1 ? some[0] : sumOf(some)));
}

function sumOf(rows: readonly AuditRow[]): AuditRow {
  const add = (of: (row: AuditRow) => number | null): number =>
    rows.reduce((sum, row) => sum + (of(row) ?? 0), 0);
  const reasons = [...new Set(rows.map(({ reason }) => reason).filter((reason) => reason !== ''))];
  return {
    ...rows[0],
    of: `${rows.length} shards`,
    in: rows.every((row) => row.in === null) ? null : add((row) => row.in),
    out: rows.every((row) => row.out === null) ? null : add((row) => row.out),
    held: add((row) => row.held),
    dropped: add((row) => row.dropped),
    lost: add((row) => row.lost),
    repaired: add((row) => row.repaired),
    reason: reasons.slice(0, 3).join('; '),
  };
}
