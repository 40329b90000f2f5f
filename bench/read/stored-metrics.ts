import { linkSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ShardMap } from '../../src/routing/shard-map.js';
import { nodeFiles } from '../../src/storage/node-files.js';
import { WhisperStore } from '../../src/storage/whisper/store.js';
import { archives } from '../../test/support/test-store.js';

export const RETENTIONS = '10s:6h,1m:7d,10m:1y';
const STEP_S = 10;
/** Three hours: more than the longest query asks for. */
const POINTS = 1_080;
const HOST_METRICS = 50;
const CPU_METRICS = 10;

/** Hosts behind those that are read whole, of which one core each is read: its values have digits that doubles only come near. */
const DECIMAL_HOSTS = 100;

/** Where the cluster under test looks for its files: its settings are the default ones. */
const SHARD_MAP = new ShardMap({
  epoch: 1,
  shardCount: 16,
  replicationFactor: 2,
  nodes: ['1', '2', '3'].map((n) => ({ name: `node${n}`, zone: `zone${n}` })),
  routerHashType: 'jump_fnv1a_ch',
});

/** `servers.dc1.host00003.cpu.core7`: 50 metrics a host, 10 of them in the folder `cpu`. */
export function metricName(i: number): string {
  const host = hostNumber(Math.floor(i / HOST_METRICS));
  const k = i % HOST_METRICS;
  return `servers.dc1.host${host}.${k < CPU_METRICS ? `cpu.core${k}` : `disk.stat${k}`}`;
}

/** How many of `metrics` are in a folder `cpu`; `metrics` is a number of whole hosts. */
export function cpuMetrics(metrics: number): number {
  return (metrics / HOST_METRICS) * CPU_METRICS;
}

/** A glob of 100 metrics with such values, where the `cpu` of so many hosts is read. */
export function decimalMetrics(hosts: number): string {
  return `servers.dc1.host${hostNumber(hosts).slice(0, -2)}*.cpu.core0`;
}

function hostNumber(host: number): string {
  return String(host).padStart(5, '0');
}

/**
 * Makes a file for each metric below `root`; those of the first hosts' `cpu` have all points of three hours up to `nowS`, and so
 * have those that `decimalMetrics` matches. Of the others, which are only found, those of one host are names of one file: a hundred thousand take minutes to make and to remove.
 */
export function storeMetrics(root: string, metrics: number, hosts: number, nowS: number): void {
  const rule = {
    archives: archives([10, 2_160], [60, 10_080], [600, 52_560]),
    xFilesFactor: 0.5,
    method: 'average',
  } as const;
  const schemas = () => ({ match: () => rule });
  const store = new WhisperStore({
    files: nodeFiles,
    root,
    schemas,
    openFilesMax: 100,
    sparse: true,
    hashTagged: true,
  });
  const timestamps = Array.from({ length: POINTS }, (_, i) => nowS - (POINTS - 1 - i) * STEP_S);
  const links = new Links();
  let foundOnly = '';
  for (let i = 0; i < metrics; i++) {
    const name = metricName(i);
    const isDecimal =
      i % HOST_METRICS === 0 &&
      i >= hosts * HOST_METRICS &&
      i < (hosts + DECIMAL_HOSTS) * HOST_METRICS;
    const isRead = isDecimal || (i < hosts * HOST_METRICS && name.includes('.cpu.'));
    if (i % HOST_METRICS === 0) foundOnly = '';
    if (!isRead && foundOnly !== '') {
      links.make(store.path(foundOnly), store.path(name));
      continue;
    }
    if (!isRead) foundOnly = name;
    const times = isRead ? timestamps : timestamps.slice(-1);
    const parts = isDecimal ? 100 : 8;
    const values = times.map((timeS) => i + (timeS % 3_600) / parts);
    store.write(i, () => name, times, values, times.length, nowS);
  }
  store.close();
}

/** Gives each node of a cluster its replicas of these files, as further names of them. */
export function linkToNodes(root: string, dataFolder: string, metrics: number): void {
  const links = new Links();
  for (let i = 0; i < metrics; i++) {
    const name = metricName(i);
    const file = `${name.replaceAll('.', '/')}.wsp`;
    const shard = SHARD_MAP.shardOfMetric(name);
    for (const node of SHARD_MAP.nodesOf(shard)) {
      const path = join(dataFolder, node.name, 'shards', String(shard), 'whisper', file);
      links.make(join(root, file), path);
    }
  }
}

/** Further names of files, in folders that are made for them. */
class Links {
  readonly #folders = new Set<string>();

  make(file: string, path: string): void {
    const folder = dirname(path);
    if (!this.#folders.has(folder)) mkdirSync(folder, { recursive: true });
    this.#folders.add(folder);
    linkSync(file, path);
  }
}
