/** How a datacentre cuts the metric space; the same in all that exchange points. */
export interface Layout {
  shardCount: number;
  routerHashType: string;
}

/** What all processes of a datacentre have to be told alike: all that the place of a metric depends on. */
export interface ClusterLayout extends Layout {
  epoch: number;
  replicationFactor: number;
  /** NODES by name: `node1:zone1, node2:zone2`. */
  nodes: string;
}

/** The nodes of a layout in one text; their order does not matter. */
export function nodesText(nodes: readonly { name: string; zone: string }[]): string {
  return nodes
    .map(({ name, zone }) => `${name}:${zone}`)
    .sort()
    .join(', ');
}

/** As it is kept with each shard log. */
export function layoutText({ shardCount, routerHashType }: Layout): string {
  return `carbonbus: one of ${shardCount} shards by ${routerHashType}`;
}

/** The layout of a text of `layoutText`; undefined for any other. */
export function readLayout(text: string | undefined): Layout | undefined {
  const match = /^carbonbus: one of (\d+) shards by (\w+)$/.exec(text ?? '');
  return match ? { shardCount: Number(match[1]), routerHashType: match[2] } : undefined;
}

/** What differs, with the names of the settings; undefined where nothing does. */
export function layoutDifference(here: Layout, there: Layout): string | undefined {
  return differenceOf(here, there, { SHARDS: 'shardCount', ROUTER_HASH_TYPE: 'routerHashType' });
}

/** The same of all that has to be alike within a datacentre. */
export function clusterLayoutDifference(
  here: ClusterLayout,
  there: ClusterLayout,
): string | undefined {
  return differenceOf(here, there, {
    ...{ SHARDS: 'shardCount', ROUTER_HASH_TYPE: 'routerHashType', NODES: 'nodes' },
    ...{ REPLICATION_FACTOR: 'replicationFactor', EPOCH: 'epoch' },
  });
}

function differenceOf<L>(
  here: L,
  there: L,
  fields: Readonly<Record<string, keyof L>>,
): string | undefined {
  const differences = Object.entries(fields)
    .filter(([, field]) => here[field] !== there[field])
    .map(([key, field]) => `${key} is ${here[field]} here and ${there[field]} there`);
  return differences.length === 0 ? undefined : differences.join('; ');
}

/** As it is kept with a mirror: which log it is one of. */
export function mirrorText(origin: string): string {
  return `carbonbus: mirror of the log made ${origin}`;
}

/** The origin of a text of `mirrorText`. */
export function readOrigin(text: string | undefined): string | undefined {
  return /^carbonbus: mirror of the log made (.+)$/.exec(text ?? '')?.[1];
}
