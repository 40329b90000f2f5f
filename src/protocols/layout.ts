/** How a datacentre cuts the metric space; the same in all that exchange points. */
export interface Layout {
  shardCount: number;
  routerHashType: string;
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
  const differences: string[] = [];
  if (here.shardCount !== there.shardCount)
    differences.push(`SHARDS is ${here.shardCount} here and ${there.shardCount} there`);
  if (here.routerHashType !== there.routerHashType)
    differences.push(
      `ROUTER_HASH_TYPE is ${here.routerHashType} here and ${there.routerHashType} there`,
    );
  return differences.length === 0 ? undefined : differences.join(', ');
}

/** As it is kept with a mirror: which log it is one of. */
export function mirrorText(origin: string): string {
  return `carbonbus: mirror of the log made ${origin}`;
}

/** The origin of a text of `mirrorText`. */
export function readOrigin(text: string | undefined): string | undefined {
  return /^carbonbus: mirror of the log made (.+)$/.exec(text ?? '')?.[1];
}
