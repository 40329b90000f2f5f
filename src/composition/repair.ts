import { NodeRepairs } from '../actors/repair/node-repairs.js';
import { Pace } from '../actors/repair/pace.js';
import { Peers } from '../actors/repair/peers.js';
import { RetiredFiles } from '../actors/repair/retired-shards.js';
import type { Settings } from '../config/settings.js';
import { shardStream } from '../protocols/subjects.js';
import { CheckpointFile } from '../storage/checkpoint.js';
import { GapFile } from '../storage/gap-file.js';
import { shardFolders } from '../storage/shard-folders.js';
import { WhisperStore } from '../storage/whisper/store.js';
import {
  type Given,
  MEMBERSHIP,
  NODE_CLIENT,
  NODE_REPAIRS,
  RETIRED_FILES,
  type Register,
  SHARD_MAP,
} from './tokens.js';

/** Beyond the delays that are configured, how old points must be to have arrived in every replica. */
const SETTLE_S = 5;

/** How old points must be to have arrived in every replica that lags behind nothing. */
export function settleS({ writeDelayMs, rollUpDelayMs }: Settings['cache']): number {
  return SETTLE_S + Math.ceil((2 * (writeDelayMs + rollUpDelayMs)) / 1_000);
}

export function registerRepair(given: Given, once: Register): void {
  const { settings, name, clock, logger } = given;
  once(RETIRED_FILES, (c) => {
    const kept = c.resolve(SHARD_MAP).shardsOf(name);
    return shardFolders(given.files, `${given.dataFolder}/${name}/shards`)
      .filter((shard) => !kept.includes(shard))
      .map((shard) => retiredFiles(given, shard));
  });
  once(NODE_REPAIRS, (c) => {
    const { repairIntervalMs, repairBytesPerSecond } = settings.cache;
    const client = c.resolve(NODE_CLIENT);
    const shardMap = c.resolve(SHARD_MAP);
    const membership = c.resolve(MEMBERSHIP);
    return (node) =>
      new NodeRepairs({
        runners: () => node.runners,
        retired: c.resolve(RETIRED_FILES),
        peers: new Peers({ own: name, shardMap, membership, client }),
        pace: new Pace(repairBytesPerSecond, clock),
        settleS: settleS(settings.cache),
        intervalMs: repairIntervalMs,
        ...{ client, clock, log: logger },
      });
  });
}

function retiredFiles(given: Given, shard: number): RetiredFiles {
  const { files, dataFolder, name, rules, settings, clock } = given;
  const folder = `${dataFolder}/${name}/shards/${shard}`;
  const store = new WhisperStore({
    files,
    root: `${folder}/whisper`,
    schemas: () => rules.current,
    openFilesMax: 1,
    sparse: settings.cache.whisperSparseCreate,
    hashTagged: settings.cache.tagHashFilenames,
  });
  const checkpoints = new CheckpointFile(files, `${folder}/checkpoint.json`).load();
  const own = checkpoints.find(({ stream }) => stream === shardStream(shard));
  const gaps = new GapFile(files, `${folder}/gaps.json`).load();
  return new RetiredFiles({ shard, store, checkpoint: own?.sequence ?? 0, gaps }, clock);
}
