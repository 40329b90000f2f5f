import { type MetricAudit, metricVerdict } from '../../actors/audit/metric-audit.js';
import { newestInLog } from '../../actors/audit/newest-in-log.js';
import { systemClock } from '../../edge/clock.js';
import { shardStream } from '../../protocols/subjects.js';
import { writeOut } from '../output.js';
import type { Lookup } from './answers.js';
import { type Cluster, onBus } from './cluster.js';
import { sentOnText } from './forwarding.js';
import { whereabouts, whereaboutsText } from './query.js';

const EXIT_CODES = { equal: 0, holds: 1, differ: 2 } as const;

/** `carbonbus audit METRIC`: where its newest points are, and which replica differs. */
export async function auditMetric(
  cluster: Cluster,
  lookup: Lookup,
  { json }: { json?: boolean },
): Promise<number> {
  const found = await onBus(cluster, async (bus) => {
    const [placed] = await whereabouts(bus, [lookup]);
    const inLog = await newestInLog(bus.log, shardStream(lookup.shard), lookup.name, systemClock);
    const destinations = bus.membership.ofRole('forwarder').flatMap(({ name, last }) =>
      (last?.destinations ?? []).map((one) => ({
        forwarder: name,
        name: one.name,
        lag: one.lag,
      })),
    );
    return { ...placed, inLog, destinationLags: destinations };
  });
  const verdict: MetricAudit = metricVerdict(found);
  await writeOut(json ? `${JSON.stringify({ ...found, ...verdict })}\n` : text(found, verdict));
  return EXIT_CODES[verdict.outcome];
}

type Found = Awaited<ReturnType<typeof whereabouts<Lookup>>>[number] & {
  inLog: Awaited<ReturnType<typeof newestInLog>>;
  destinationLags: { forwarder: string; name: string; lag: number }[];
};

function text(found: Found, { verdict }: MetricAudit): string {
  const { name, shard, logEnd, inLog, sentOn, destinationLags } = found;
  const newest =
    inLog.newest === null
      ? `no point in its last ${inLog.messages} messages`
      : `newest ${inLog.newest.timestamp} = ${inLog.newest.value} in message ${inLog.newest.sequence}`;
  return [
    `${name}\nshard ${shard}, its log ends at ${logEnd}: ${newest}\n\n`,
    whereaboutsText(found, systemClock.nowMs() / 1000),
    ...sentOn.map(sentOnText),
    ...(sentOn.length === 0 ? [] : destinationLags).map(
      (one) => `${one.name} of ${one.forwarder} is ${one.lag} messages behind\n`,
    ),
    `\n${verdict}\n`,
  ].join('');
}
