import type { Settings } from '../../config/settings.js';
import { errorCode, errorText } from '../../errors.js';
import { normaliseName } from '../../protocols/tags.js';
import { ShardMap } from '../../routing/shard-map.js';
import { metricPath } from '../../storage/metric-path.js';
import { creationRules, StorageAggregation, StorageSchemas } from '../../storage/schemas.js';
import { complain, type Outside, quietSettingsOf } from '../configuration.js';
import type { Creation, Lookup } from './answers.js';

/** Says where metrics live by the configuration alone. */
export class Locator {
  readonly #settings: Settings;
  readonly #shardMap: ShardMap;
  /** The settings of each node, with the section of its own (`[cache:node1]`). */
  readonly #caches: ReadonlyMap<string, Settings['cache']>;
  readonly #creation: ((name: string) => Creation) | undefined;

  /** What is wrong with the configuration is said; a broken storage file leaves out what it would tell. */
  constructor(outside: Outside, folder: string) {
    const settings = quietSettingsOf(outside, folder);
    this.#settings = settings;
    this.#shardMap = new ShardMap(settings.cluster);
    this.#caches = new Map(
      settings.cluster.nodes.map(({ name }) => [
        name,
        quietSettingsOf(outside, folder, `cache:${name}`).cache,
      ]),
    );
    this.#creation = creationOf(outside, folder);
  }

  locate(given: string): Lookup {
    const name = normaliseName(given);
    const shard = this.#shardMap.shardOfMetric(name);
    return {
      given,
      name,
      hash: this.#settings.cluster.routerHashType,
      shard,
      replicas: this.#shardMap.nodesOf(shard).map(({ name: node, zone }) => ({
        node,
        zone,
        file: this.#file(node, shard, name),
      })),
      creation: this.#creation?.(name) ?? null,
    };
  }

  #file(node: string, shard: number, name: string): string {
    const cache = this.#caches.get(node) ?? this.#settings.cache;
    const folder = `${cache.localDataDir}/${node}/shards/${shard}/whisper`;
    return `${folder}/${metricPath(name, cache.tagHashFilenames)}`;
  }
}

/** How the file of a metric is made; undefined where the storage files cannot be read, which is said. */
function creationOf(outside: Outside, folder: string): ((name: string) => Creation) | undefined {
  try {
    const text = (file: string) => outside.read(`${folder}/${file}`);
    const schemas = StorageSchemas.parse(text('storage-schemas.conf'));
    const aggregation = StorageAggregation.parse(text('storage-aggregation.conf'));
    const rules = creationRules(schemas, aggregation);
    return (name) => ({
      schema: schemas.match(name).name,
      aggregation: aggregation.match(name).name,
      ...rules.match(name),
    });
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    complain('warning', [`${folder}: ${errorText(error)}`]);
    return undefined;
  }
}
