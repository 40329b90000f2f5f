import { placedError } from '../../config/placed-lines.js';
import type { Settings } from '../../config/settings.js';
import { errorCode, errorText } from '../../errors.js';
import { normaliseName } from '../../protocols/tags.js';
import { NameCleansing } from '../../routing/rules/name-cleansing.js';
import { NameList } from '../../routing/rules/name-lists.js';
import { NameRules, type RelayRuleSet } from '../../routing/rules/name-rules.js';
import { Quotas } from '../../routing/rules/quotas.js';
import { RewriteRules } from '../../routing/rules/rewrite-rules.js';
import { ShardMap } from '../../routing/shard-map.js';
import { metricPath } from '../../storage/metric-path.js';
import { relayRules } from '../../storage/relay-rule-files.js';
import { creationRules, StorageAggregation, StorageSchemas } from '../../storage/schemas.js';
import { complain, load, type Outside, quietSettingsOf } from '../configuration.js';
import type { Creation, Lookup, Placed } from './answers.js';
import { type ForwarderSection, Forwarding, forwarderSections } from './forwarding.js';

const NO_RULES: RelayRuleSet = {
  blacklist: NameList.parse(undefined),
  whitelist: NameList.parse(undefined),
  rewrite: RewriteRules.parse(undefined),
  quotas: Quotas.parse(undefined),
};

/** Says where metrics live by the configuration alone. */
export class Locator {
  readonly #settings: Settings;
  readonly #shardMap: ShardMap;
  /** The settings of each node, with the section of its own (`[cache:node1]`). */
  readonly #caches: ReadonlyMap<string, Settings['cache']>;
  readonly #rules: RelayRuleSet;
  readonly #names: NameRules;
  readonly #forwardings: readonly Forwarding[];
  readonly #creation: ((name: string) => Creation) | undefined;

  /** What is wrong with the configuration is said; a broken file of rules leaves out what it would tell. */
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
    this.#creation = orWarning(folder, undefined, () => creationOf(outside, folder));
    this.#forwardings = forwarderSections(settings.relay, relaySections(outside, folder)).flatMap(
      (section) => orWarning(folder, [], () => [new Forwarding(outside, folder, section)]),
    );
    const { useWhitelist, nameCleansing, nameCharacters } = settings.relay;
    this.#rules = orWarning(folder, NO_RULES, () => {
      return relayRules(folder, outside.read, useWhitelist).current;
    });
    this.#names = new NameRules(
      this.#rules,
      nameCleansing ? new NameCleansing(nameCharacters) : undefined,
    );
  }

  /** What becomes of a name that a relay receives. */
  lookUp(given: string): Lookup {
    const { cleansed, rewrittenBefore, rewrittenAfter, stored, rejected, quota } =
      this.#names.stepsOf(given);
    return {
      given,
      cleansed,
      rewritten: { pre: rewrittenBefore, post: rewrittenAfter },
      rejected: rejected ?? null,
      quota: this.#rules.quotas.quotas[quota]?.name ?? null,
      sentOn: this.#forwardings.map((forwarding) => forwarding.sentOn(stored)),
      ...this.place(stored),
    };
  }

  /** Where a metric lives that is stored under this name, its tags in any order. */
  place(given: string): Placed {
    const name = normaliseName(given);
    const shard = this.#shardMap.shardOfMetric(name);
    return {
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

/** The settings by the sections of relays and forwarders (`[relay:forwarder2]`). */
function relaySections(outside: Outside, folder: string): ForwarderSection[] {
  return load(outside, folder)
    .instances.filter((name) => name.startsWith('relay:'))
    .map((name) => ({ name, relay: quietSettingsOf(outside, folder, name).relay }));
}

/** How the file of a metric is made. */
function creationOf({ read }: Outside, folder: string): (name: string) => Creation {
  const parsed = <T>(path: string, parse: (text: string | undefined) => T): T => {
    try {
      return parse(read(path));
    } catch (error) {
      throw placedError(path, error);
    }
  };
  const schemas = parsed(`${folder}/storage-schemas.conf`, StorageSchemas.parse);
  const aggregation = parsed(`${folder}/storage-aggregation.conf`, StorageAggregation.parse);
  const rules = creationRules(schemas, aggregation);
  return (name) => ({
    schema: schemas.match(name).name,
    aggregation: aggregation.match(name).name,
    ...rules.match(name),
  });
}

/** What `read` gives; or, with a warning, what counts where the files cannot be read. */
function orWarning<T, E>(folder: string, otherwise: E, read: () => T): T | E {
  try {
    return read();
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    const lines = errorText(error).split('\n');
    complain('warning', [...lines, `${folder}: what that file says is left out`]);
    return otherwise;
  }
}
