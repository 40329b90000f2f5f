import type { LocateReply, Location } from '../../protocols/messages.js';
import { counted } from './gathered.js';
import type { NewestInLog } from './newest-in-log.js';

/** `holds`: points are on their way; `differ`: replicas that have read equally far do not have the same. */
export interface MetricAudit {
  outcome: 'equal' | 'holds' | 'differ';
  verdict: string;
}

/** Where the newest points of a metric were found. */
export interface MetricFound {
  name: string;
  logEnd: number;
  inLog: NewestInLog;
  whereabouts: { process: string; answer: LocateReply | { error: string } }[];
}

interface ReplicaNewest {
  node: string;
  applied: number;
  newest: Location | undefined;
}

/** Says which place has the newest points, and which replica does not have what it should. */
export function metricVerdict({ name, logEnd, inLog, whereabouts }: MetricFound): MetricAudit {
  const replicas: ReplicaNewest[] = [];
  for (const { process, answer } of whereabouts) {
    if ('error' in answer) continue;
    if (answer.replica === undefined) {
      const [waiting] = answer.locations;
      if (waiting.points > 0)
        return holds(
          `${counted(waiting.points, 'point')} of ${name} wait in ${process}: its log has not acknowledged them`,
        );
    } else
      replicas.push({
        node: process,
        applied: answer.replica.applied,
        newest: newestOf(answer),
      });
  }
  const behind = replicas.find(({ applied }) => applied < (inLog.newest?.sequence ?? 0));
  if (behind !== undefined) {
    const lag = counted(Math.max(0, logEnd - behind.applied), 'message');
    return holds(
      `the log has a newer point of ${name} than ${behind.node}, which is ${lag} behind`,
    );
  }
  const silent = whereabouts.find(({ answer }) => 'error' in answer);
  if (silent !== undefined && 'error' in silent.answer)
    return holds(`${silent.process} does not say what it has of ${name}: ${silent.answer.error}`);
  return compared(name, replicas);
}

function compared(name: string, replicas: readonly ReplicaNewest[]): MetricAudit {
  const best = replicas.reduce<ReplicaNewest | undefined>(
    (known, one) =>
      time(one) > (known === undefined ? Number.NEGATIVE_INFINITY : time(known)) ? one : known,
    undefined,
  );
  if (best?.newest === undefined)
    return { outcome: 'equal', verdict: `nobody has a point of ${name}` };
  const { newestTimestamp, newestValue } = best.newest;
  const other = replicas.find(
    ({ newest }) =>
      newest?.newestTimestamp !== newestTimestamp || newest?.newestValue !== newestValue,
  );
  if (other !== undefined) {
    const has =
      other.newest === undefined
        ? 'none'
        : `${other.newest.newestValue} at ${other.newest.newestTimestamp}`;
    const verdict = `replicas differ: ${best.node} has ${newestValue} at ${newestTimestamp}, ${other.node} has ${has}`;
    return { outcome: 'differ', verdict };
  }
  const verdict = `all ${replicas.length} replicas have its newest point, ${newestValue} at ${newestTimestamp}`;
  return { outcome: 'equal', verdict };
}

function holds(verdict: string): MetricAudit {
  return { outcome: 'holds', verdict };
}

function time({ newest }: ReplicaNewest): number {
  return newest?.newestTimestamp ?? Number.NEGATIVE_INFINITY;
}

/** Of queue and file the newer one, at the time that it has in the file; for equal times what waits in the queue. */
function newestOf({ locations, stepS = 1 }: LocateReply): Location | undefined {
  const known = locations.flatMap((location) => {
    const { newestTimestamp } = location;
    if (newestTimestamp === null) return [];
    return [{ ...location, newestTimestamp: newestTimestamp - (newestTimestamp % stepS) }];
  });
  const [first, second] = known;
  return second !== undefined && second.newestTimestamp > first.newestTimestamp ? second : first;
}
