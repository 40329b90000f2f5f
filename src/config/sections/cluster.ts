import { choice, count, duration, nameList, nameToken, nodeList } from '../kinds.js';
import { setting } from './setting.js';

/** The cluster as a whole. Every process of a datacentre must read the same values. */
export const CLUSTER = {
  datacentre: setting(
    'DATACENTRE',
    nameToken,
    'dc1',
    'Name of this datacentre; no two that exchange points may have the same.',
  ),
  mirrorFrom: setting(
    'MIRROR_FROM',
    nameList(15),
    '',
    'Datacentres whose points are mirrored into this one; each has a DATACENTRE of this name, and is reached by LEAF_REMOTES or LEAF_LISTEN.',
  ),
  shardCount: setting(
    'SHARDS',
    count({ min: 1, max: 1024 }),
    '16',
    'Parts of the metric space, each with its log; fixed once the cluster holds points, and the same in every datacentre.',
  ),
  nodes: setting(
    'NODES',
    nodeList,
    'node1:zone1, node2:zone2, node3:zone3',
    'The nodes that hold whisper files, each with its zone; replicas go to different zones first.',
  ),
  replicationFactor: setting(
    'REPLICATION_FACTOR',
    count({ min: 1, max: 16 }),
    '2',
    'On how many nodes each metric is kept.',
  ),
  routerHashType: setting(
    'ROUTER_HASH_TYPE',
    choice(['jump_fnv1a_ch', 'carbon_ch', 'fnv1a_ch', 'mmh3_ch']),
    'jump_fnv1a_ch',
    'Hash that finds the shard of a name; fixed once the cluster holds points, and the same in every datacentre.',
  ),
  epoch: setting(
    'EPOCH',
    count({ min: 1, max: 1_000_000_000 }),
    '1',
    'Version of the placement: raise it by one with each change of NODES or REPLICATION_FACTOR.',
  ),
  heartbeatIntervalMs: setting(
    'HEARTBEAT_INTERVAL',
    duration({ min: 0.05, max: 60 }),
    '1',
    'How often a process says that it lives and how far each of its shards has come.',
  ),
} as const;
