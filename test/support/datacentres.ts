import { type ClusterUnderTest, eventually } from './cluster.js';
import type { ClusterOptions } from './cluster-configuration.js';
import { missingPoints, pause, type SteadyLoad } from './steady-load.js';

export const SHARDS = 2;
export const NOTICED_MS = 30_000;
const PAUSE_MS = 1_000;
const CAUGHT_UP_MS = 90_000;
/** The least that may be configured. */
const STUCK_AFTER_S = 5;
const ACCESS = ['NATS_USER = cluster', 'NATS_PASSWORD = secret', 'LEAF_PASSWORD = between us'];

/** What joins datacentres. */
export interface Cuttable {
  cut(): void;
  heal(): void;
}

/** A datacentre of one node that mirrors all others. */
export function datacentre(
  name: string,
  others: readonly string[],
  leaf: readonly string[],
  layout: readonly string[] = [`SHARDS = ${SHARDS}`],
): ClusterOptions {
  return {
    nodes: ['node1'],
    retentions: '1s:1h',
    cache: ['WRITE_DELAY = 1', 'CHECKPOINT_HOLDBACK = 0'],
    cluster: [
      `DATACENTRE = ${name}`,
      `MIRROR_FROM = ${others.join(', ')}`,
      'NODES = node1:a',
      'REPLICATION_FACTOR = 1',
      ...layout,
    ],
    nats: [...leaf, `MIRROR_STUCK_AFTER = ${STUCK_AFTER_S}`, ...ACCESS],
  };
}

/** What the replicas of some datacentres say of the mirrors that they read. */
export async function mirrors(clusters: readonly ClusterUnderTest[]) {
  const views = await Promise.all(clusters.map((cluster) => cluster.view()));
  const replicas = views.flatMap(({ nodes }) => nodes.flatMap(({ shards }) => shards));
  return replicas.flatMap(({ mirrored }) => mirrored);
}

/** Resolves with the time it took until every replica has what the other datacentres had before. */
export async function caughtUp(clusters: readonly ClusterUnderTest[]): Promise<number> {
  const fromMs = Date.now();
  const expected = clusters.reduce(
    (sum, { nodes }) => sum + nodes.length * SHARDS * (clusters.length - 1),
    0,
  );
  await eventually(CAUGHT_UP_MS, 'all datacentres to have the points of the others', async () => {
    const logs = await mirrors(clusters);
    return (
      logs.length === expected &&
      logs.every(
        ({ state, behind, lag }) =>
          state === 'following' && behind !== null && behind < 5 && lag < 5,
      )
    );
  });
  return Date.now() - fromMs;
}

export async function missingAnywhere(
  clusters: readonly ClusterUnderTest[],
  loads: readonly SteadyLoad[],
): Promise<string[]> {
  const problems = clusters.map((cluster) => missingPoints(cluster, loads, cluster.nodes.length));
  return (await Promise.all(problems)).flat();
}

/**
 * The link is cut for as long as it takes to be noticed, and for `cutMs` at least; then the nats-server of the second
 * is killed; then the loads end. Says how long it took.
 */
export async function surviveCutAndKill(
  all: readonly ClusterUnderTest[],
  loads: readonly SteadyLoad[],
  link: Cuttable,
  cutMs: number,
): Promise<void> {
  await pause(PAUSE_MS);
  const fromMs = Date.now();
  link.cut();
  await pause(cutMs);
  await eventually(NOTICED_MS, 'the cut to be noticed', async () => {
    const states = (await mirrors(all)).map(({ state }) => state);
    return states.every((state) => state === 'cutOff');
  });
  link.heal();
  const healedMs = await caughtUp(all);
  const cutForMs = Date.now() - fromMs - healedMs;
  const killedMs = Date.now();
  all[1].signalChild('nats', 'SIGKILL');
  await pause(PAUSE_MS);
  await caughtUp(all);
  const revivedMs = Date.now() - killedMs;
  await Promise.all(loads.map((load) => load.stop()));
  await Promise.all(all.map((cluster) => cluster.settled(60_000)));
  console.log(
    `  link cut for ${cutForMs} ms, caught up ${healedMs} ms after it healed; nats-server killed, all caught up` +
      ` ${revivedMs} ms later; ${loads.map(({ points }) => points).join(' + ')} points acknowledged,` +
      ` ${loads.map(({ retries }) => retries).join(' + ')} batches repeated`,
  );
}
