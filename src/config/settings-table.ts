import { API } from './sections/api.js';
import { CACHE } from './sections/cache.js';
import { CLUSTER } from './sections/cluster.js';
import { NATS } from './sections/nats.js';
import { RELAY } from './sections/relay.js';
import type { Setting } from './sections/setting.js';

export type { Setting } from './sections/setting.js';

/**
 * Every setting, by section of `carbon.conf`. The keys of these objects are the names in `Settings`: the
 * type of the settings is derived from this table, as is `docs/configuration.md`.
 */
export const SETTINGS = {
  cluster: CLUSTER,
  nats: NATS,
  relay: RELAY,
  cache: CACHE,
  api: API,
} as const satisfies Record<string, Record<string, Setting<unknown>>>;

export type SectionName = keyof typeof SETTINGS;

/** What each section is about, for the documentation. */
export const SECTION_HELP: Record<SectionName, string> = {
  cluster: 'The cluster as a whole. Every process of a datacentre must read the same values.',
  nats: 'NATS and the logs in it.',
  relay: 'The relay: takes points in and publishes them to the shard logs.',
  cache: "A node: the points in memory and the whisper files (Carbon's cache).",
  api: 'The query side.',
};

type ValueOf<S> = S extends Setting<infer T> ? T : never;

/** The settings of a process: read once, frozen, and passed on by parts. */
export type Settings = {
  readonly [S in SectionName]: {
    readonly [F in keyof (typeof SETTINGS)[S]]: ValueOf<(typeof SETTINGS)[S][F]>;
  };
};
