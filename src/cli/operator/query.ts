import type { NodeClient } from '../../actors/query/node-client.js';
import { systemClock } from '../../edge/clock.js';
import { errorText } from '../../errors.js';
import type { Location } from '../../protocols/messages.js';
import { writeOut } from '../output.js';
import type { Placed, Whereabouts } from './answers.js';
import { type Cluster, type OnBus, onBus } from './cluster.js';
import { table } from './table.js';

/** Where a metric lives, and what each process says of its newest points. */
export type Found<P extends Placed = Placed> = P & { logEnd: number; whereabouts: Whereabouts[] };

/** `carbonbus query`: asks every relay and the metric's replicas where its newest points are. */
export async function query(
  cluster: Cluster,
  placed: Placed,
  { json }: { json?: boolean },
): Promise<number> {
  const [found] = await findNewest(cluster, [placed]);
  await writeOut(
    json ? `${JSON.stringify(found)}\n` : queryText(found, systemClock.nowMs() / 1000),
  );
  return 0;
}

/** Asks for each metric every relay and its replicas. */
export function findNewest<P extends Placed>(
  cluster: Cluster,
  lookups: readonly P[],
): Promise<Found<P>[]> {
  return onBus(cluster, (bus) => whereabouts(bus, lookups));
}

/** The same on a connection that is there. */
export async function whereabouts<P extends Placed>(
  { observer, client }: Pick<OnBus, 'observer' | 'client'>,
  lookups: readonly P[],
): Promise<Found<P>[]> {
  const view = await observer.view();
  const replicas = view.nodes.flatMap((node) => node.shards);
  const found: Found<P>[] = [];
  for (const lookup of lookups) {
    const asked: ['relay' | 'node', string][] = [
      ...view.relays.map((relay): ['relay', string] => ['relay', relay.name]),
      ...lookup.replicas.map((replica): ['node', string] => ['node', replica.node]),
    ];
    const answers = await Promise.all(
      asked.map(([role, process]) => ask(client, role, process, lookup.name)),
    );
    const logEnd = replicas.find((replica) => replica.shard === lookup.shard)?.logEnd ?? 0;
    found.push({ ...lookup, logEnd, whereabouts: answers });
  }
  return found;
}

async function ask(
  client: NodeClient,
  role: 'relay' | 'node',
  process: string,
  name: string,
): Promise<Whereabouts> {
  const nowS = Math.floor(systemClock.nowMs() / 1000);
  try {
    return { process, answer: await client.ask(role, process, { type: 'locate', name, nowS }) };
  } catch (error) {
    return { process, answer: { error: errorText(error) } };
  }
}

/** @param nowS to say how old the newest points are */
function queryText(found: Found, nowS: number): string {
  return `${found.name}\nshard ${found.shard}, its log ends at ${found.logEnd}\n\n${whereaboutsText(found, nowS)}`;
}

/** @param nowS to say how old the newest points are */
export function whereaboutsText(found: Found, nowS: number): string {
  const rows = found.whereabouts.flatMap(({ process, answer }) => {
    if ('error' in answer) return [[process, '-', '-', '-', '-', '-', answer.error]];
    const { replica, newestSequence, newestFrom } = answer;
    const log =
      replica === undefined
        ? ''
        : `applied ${replica.applied}, newest in ${newestSequence} of ${newestFrom}`;
    return answer.locations.map((location) => [
      process,
      location.place,
      String(location.points),
      ...newest(location, nowS),
      replica === undefined ? '-' : String(Math.max(0, found.logEnd - replica.applied)),
      log,
    ]);
  });
  const head = ['PROCESS', 'PLACE', 'POINTS', 'NEWEST', 'VALUE', 'LAG', 'LOG'];
  return table([head, ...rows]);
}

function newest({ newestTimestamp, newestValue }: Location, nowS: number): [string, string] {
  if (newestTimestamp === null) return ['-', '-'];
  return [`${newestTimestamp} (${Math.round(nowS - newestTimestamp)} s ago)`, String(newestValue)];
}
