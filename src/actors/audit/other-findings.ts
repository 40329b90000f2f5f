import type { Finding } from '../../protocols/audit-view.js';
import { LIVE_LAG } from '../shard/replay-turns.js';
import { counted, type Gathered } from './gathered.js';

/** What is held on the way to other datacentres and to legacy destinations. */
export function otherFindings(gathered: Gathered): Finding[] {
  return [...mirrorFindings(gathered), ...destinationFindings(gathered)];
}

function mirrorFindings({ nodes }: Gathered): Finding[] {
  const found = new Map<string, Finding>();
  for (const { name, accounts } of nodes) {
    for (const { report } of accounts?.replicas ?? []) {
      for (const { datacentre, mirror, logEnd, applied } of report.mirrored) {
        const behind = (mirror?.behind ?? 0) + logEnd - applied;
        if (mirror?.state === 'following' && behind <= LIVE_LAG) continue;
        const state = mirror?.state ?? 'unknown';
        const text = `mirrors of ${datacentre} on ${name} are ${state}: shard ${report.shard} is ${counted(behind, 'message')} behind`;
        const key = `${name} ${datacentre} ${state}`;
        const known = found.get(key);
        if (known === undefined) {
          const shards = [report.shard];
          found.set(key, { kind: 'holds', stage: 'mirror', at: name, shards, points: 0, text });
        } else known.shards.push(report.shard);
      }
    }
  }
  return [...found.values()];
}

function destinationFindings({ forwarders }: Gathered): Finding[] {
  return forwarders.flatMap((forwarder) =>
    (forwarder.last?.destinations ?? []).flatMap(
      ({ name, state, lag, pendingPoints }): Finding[] => {
        const heard = forwarder.state === 'up' ? state : forwarder.state;
        if (heard === 'live' || heard === 'stopped') return [];
        const text = `${forwarder.name} holds ${counted(lag, 'log message')} for ${name}: it is ${heard}`;
        return [
          {
            kind: 'holds',
            stage: 'destination',
            at: forwarder.name,
            shards: [],
            points: pendingPoints,
            text,
          },
        ];
      },
    ),
  );
}
