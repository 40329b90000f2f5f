import type { Finding } from '../../protocols/audit-view.js';
import { messagesOf } from '../../protocols/gaps.js';
import type { Gap } from '../../protocols/repair-messages.js';
import { counted, type Gathered } from './gathered.js';

const CAUSES: Record<Gap['kind'], string> = {
  retention: 'retention had removed them before they were read',
  newReplica: 'it began without files, and the log had lost its beginning',
  newLog: 'the log was made anew, and the end of the old one may not have been read',
  corruptFile: 'a file was damaged',
};

/** What replicas know that they lack at present. What a peer has given them since is lacking no more. */
export function gapFindings({ nodes }: Gathered): Finding[] {
  return nodes.flatMap(({ name, accounts }) =>
    (accounts?.replicas ?? []).flatMap(({ report, gaps }): Finding[] => {
      if (gaps.length === 0) return [];
      // The one that no repair will take away says most.
      const worst = gaps.find(({ state }) => state === 'irreparable') ?? gaps[0];
      const text = `shard ${report.shard} on ${name} lacks ${whatOf(gaps)}: ${CAUSES[worst.kind]}; ${remedy(worst)}`;
      const shards = [report.shard];
      return [{ kind: 'lost', stage: 'replica', at: name, shards, points: 0, text }];
    }),
  );
}

function whatOf(gaps: readonly Gap[]): string {
  const messages = messagesOf(gaps);
  if (messages > 0) return `${counted(messages, 'message')} of its log`;
  const metrics = new Set(gaps.map(({ metric }) => metric));
  return metrics.has('') ? 'some points' : `points of ${counted(metrics.size, 'metric')}`;
}

function remedy({ state, reason }: Gap): string {
  if (state === 'irreparable') return `it cannot be repaired: ${reason}`;
  const why = reason === '' ? '' : ` (${reason})`;
  return `queries take them from the other replicas, and so will a repair, see \`carbonbus gaps\`${why}`;
}
