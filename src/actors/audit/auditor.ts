import { type AuditRow, type AuditView, type Finding, STAGES } from '../../protocols/audit-view.js';
import type { Replies } from '../../protocols/messages.js';
import { shardStream } from '../../protocols/subjects.js';
import type { ShardMap } from '../../routing/shard-map.js';
import type { Membership } from '../membership/membership.js';
import type { IngestSource } from '../ports/bus.js';
import type { Clock } from '../ports/clock.js';
import type { LogReader } from '../ports/log.js';
import type { NodeClient } from '../query/node-client.js';
import { auditRows } from './audit-rows.js';
import { gapFindings } from './gap-findings.js';
import { counted, type Gathered } from './gathered.js';
import { nodeFindings } from './node-findings.js';
import { otherFindings } from './other-findings.js';
import { relayFindings } from './relay-findings.js';
import { missingPoints } from './sequence-balance.js';

type AccountsRequest = { type: 'relayAccounts' } | { type: 'nodeAccounts' };

export interface AuditorParts {
  datacentre: string;
  shardMap: ShardMap;
  membership: Membership;
  client: NodeClient;
  log: LogReader;
  ingest: Pick<IngestSource, 'backlog'>;
  clock: Clock;
}

/** Asks every process what became of its points, balances the answers, and names who holds or lost some. */
export class Auditor {
  readonly #parts: AuditorParts;

  constructor(parts: AuditorParts) {
    this.#parts = parts;
  }

  /** Never rejects: whoever does not answer is part of the answer. */
  async view(): Promise<AuditView> {
    return auditView(this.#parts.datacentre, await this.#gather());
  }

  async #gather(): Promise<Gathered> {
    const { membership, shardMap, log, ingest, clock } = this.#parts;
    const shards = Array.from({ length: shardMap.shardCount }, (_, shard) => shard);
    const [relays, nodes, logs, backlog] = await Promise.all([
      Promise.all(
        membership.ofRole('relay').map(async (member) => {
          const accounts = await this.#ask('relay', member.name, { type: 'relayAccounts' });
          return { member, accounts };
        }),
      ),
      Promise.all(
        shardMap.nodes.map(async ({ name }) => {
          const accounts = await this.#ask('node', name, { type: 'nodeAccounts' });
          const member = membership.member('node', name);
          return { name, shards: shardMap.shardsOf(name), member, accounts };
        }),
      ),
      Promise.all(shards.map((shard) => orNull(log.state(shardStream(shard), 'fail')))),
      orNull(ingest.backlog()),
    ]);
    const forwarders = membership.ofRole('forwarder');
    return { atMs: clock.monotonicMs(), relays, nodes, logs, ingest: backlog, forwarders };
  }

  /** Who is down is not waited for. */
  #ask<R extends AccountsRequest>(
    role: 'relay' | 'node',
    name: string,
    request: R,
  ): Promise<Replies[R['type']] | null> {
    const { membership, client } = this.#parts;
    if (membership.member(role, name)?.state === 'down') return Promise.resolve(null);
    return orNull(client.ask(role, name, request));
  }
}

/** Balances what was gathered. */
export function auditView(datacentre: string, gathered: Gathered): AuditView {
  const rows = auditRows(gathered);
  const findings = [
    ...lostFindings(rows, gathered),
    ...relayFindings(gathered),
    ...nodeFindings(gathered),
    ...otherFindings(gathered),
  ].sort((a, b) => rank(a) - rank(b));
  const [worst] = findings;
  return {
    datacentre,
    outcome: worst?.kind ?? 'balanced',
    stage: worst?.stage ?? null,
    verdict: worst?.text ?? balancedText(rows),
    findings,
    rows,
  };
}

/** What is lost comes first; of what holds points the cause comes before what follows from it. */
const CAUSES = ['log', 'receiver', 'relay', 'writer', 'replica'] as const;

function rank({ kind, stage }: Finding): number {
  if (kind === 'lost') return -1;
  const cause = (CAUSES as readonly string[]).indexOf(stage);
  return cause >= 0 ? cause : CAUSES.length + STAGES.indexOf(stage);
}

function balancedText(rows: readonly AuditRow[]): string {
  const total = (stage: string, of: 'in' | 'out'): number =>
    rows
      .filter((row) => row.stage === stage && row.unit === 'points' && row.of !== 'all shards')
      .reduce((sum, row) => sum + (row[of] ?? 0), 0);
  return `balanced: relays have put ${counted(total('relay', 'out'), 'point')} into the logs, writers have written ${counted(total('writer', 'out'), 'point')}, and nobody holds any for longer than they should`;
}

function lostFindings(rows: readonly AuditRow[], gathered: Gathered): Finding[] {
  const unbalanced = rows
    .filter(({ lost, stage }) => lost !== 0 && stage !== 'replica')
    .map(({ stage, at, of, shard, lost }): Finding => {
      const text = `the accounts of ${at} (${stage}, ${of}) do not balance: ${counted(lost, 'point')} of what came in did not go out, is not held and was not dropped; please report this`;
      return { kind: 'lost', stage, at, shards: shard === null ? [] : [shard], points: lost, text };
    });
  const missing = missingPoints(gathered).map(({ node, shard, points }): Finding => {
    const text = `shard ${shard} on ${node} has read ${counted(points, 'point')} less than were put into its log, or than its other replica has read`;
    return { kind: 'lost', stage: 'replica', at: node, shards: [shard], points, text };
  });
  return [...unbalanced, ...gapFindings(gathered), ...missing];
}

async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch {
    // Who does not answer shows as such in the audit.
    return null;
  }
}
