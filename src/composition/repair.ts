import { NodeRepairs } from '../actors/repair/node-repairs.js';
import { Pace } from '../actors/repair/pace.js';
import { Peers } from '../actors/repair/peers.js';
import { RetiredFiles } from '../actors/repair/retired-files.js';
import { RetiredShards } from '../actors/repair/retired-shards.js';
import type { Settings } from '../config/settings.js';
import { errorText } from '../errors.js';
import type { Gap } from '../protocols/repair-messages.js';
import { shardStream } from '../protocols/subjects.js';
import { CheckpointFile } from '../storage/checkpoint.js';
import { GapFile } from '../storage/gap-file.js';
import { removeShardFolder, shardFolders } from '../storage/shard-folders.js';
import { TaggedNames } from '../storage/tags/tagged-names.js';
import { WhisperStore } from '../storage/whisper/store.js';
import {
  type Given,
  MEMBERSHIP,
  NODE_CLIENT,
  NODE_REPAIRS,
  RETIRED_SHARDS,
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
  const { settings, name, clock, logger, files } = given;
  const { repairIntervalMs, repairBytesPerSecond } = settings.cache;
  const folder = `${given.dataFolder}/${name}/shards`;
  once(RETIRED_SHARDS, (c) => {
    const shardMap = c.resolve(SHARD_MAP);
    const kept = shardMap.shardsOf(name);
    const retired = shardFolders(files, folder).filter((shard) => !kept.includes(shard));
    return new RetiredShards({
      files: retired.map((shard) => retiredFiles(given, shard, `${folder}/${shard}`)),
      ...{ shardMap, membership: c.resolve(MEMBERSHIP), client: c.resolve(NODE_CLIENT) },
      removeFolder: (shard) => removeShardFolder(files, `${folder}/${shard}`),
      pace: new Pace(repairBytesPerSecond, clock),
      ...{ clock, log: logger },
    });
  });
  once(NODE_REPAIRS, (c) => {
    const client = c.resolve(NODE_CLIENT);
    const shardMap = c.resolve(SHARD_MAP);
    const membership = c.resolve(MEMBERSHIP);
    return (node) =>
      new NodeRepairs({
        runners: () => node.runners,
        retired: c.resolve(RETIRED_SHARDS),
        peers: new Peers({ own: name, shardMap, membership, client }),
        pace: new Pace(repairBytesPerSecond, clock),
        settleS: settleS(settings.cache),
        intervalMs: repairIntervalMs,
        ...{ client, clock, log: logger },
      });
  });
}

function retiredFiles(given: Given, shard: number, folder: string): RetiredFiles {
  const { files, rules, settings, clock } = given;
  const store = new WhisperStore({
    files,
    root: `${folder}/whisper`,
    schemas: () => rules.current,
    openFilesMax: 1,
    sparse: settings.cache.whisperSparseCreate,
    hashTagged: settings.cache.tagHashFilenames,
  });
  const taggedNames = () => namesIn(new TaggedNames(files, `${folder}/tagged-names`));
  const state = stateOf(given, shard, folder);
  return new RetiredFiles({ shard, store, taggedNames, ...state }, clock);
}

/** How far the files had come. What cannot be read says nothing: then they are complete up to nowhere. */
function stateOf(
  { files, logger }: Given,
  shard: number,
  folder: string,
): { checkpoint: number; gaps: readonly Gap[] } {
  try {
    const { logs: checkpoints } = new CheckpointFile(files, `${folder}/checkpoint.json`).load();
    const own = checkpoints.find(({ stream }) => stream === shardStream(shard));
    const gaps = new GapFile(files, `${folder}/gaps.json`).load();
    return { checkpoint: own?.sequence ?? 0, gaps };
  } catch (error) {
    logger.error({ shard, error: errorText(error) }, 'nobody knows how far retired files had come');
    return { checkpoint: 0, gaps: [] };
  }
}

function namesIn(tagged: TaggedNames): Set<string> {
  const names = new Set<string>();
  for (const { mark, name } of tagged.read()) {
    if (mark === '-') names.delete(name);
    else names.add(name);
  }
  return names;
}
