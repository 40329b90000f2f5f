import { join } from 'node:path';
import { ClusterUnderTest } from '../../test/support/cluster.js';
import { fileOf, RETENTIONS, type Side } from './side.js';

const SHARDS = 4;

/** nats-server, a relay and two nodes at replication factor 2, with the defaults but for ports, folders and shards. */
export async function ourSide(): Promise<Side> {
  const cluster = await ClusterUnderTest.launch({
    nodes: ['node1', 'node2'],
    retentions: RETENTIONS,
    cluster: [`SHARDS = ${SHARDS}`, 'NODES = node1:a, node2:b'],
  });
  const pathsOf = (node: string, metric: string): string[] =>
    Array.from({ length: SHARDS }, (_, shard) =>
      fileOf(join(cluster.folder, 'data', node, 'shards', String(shard), 'whisper'), metric),
    );
  return {
    name: 'carbonbus',
    port: cluster.ports.line,
    kill: async () => {
      cluster.stopSupervision('node1');
      cluster.signalChild('node1', 'SIGKILL');
    },
    revive: async () => cluster.resumeSupervision('node1'),
    paths: (metric) => [pathsOf('node1', metric), pathsOf('node2', metric)],
    remove: () => cluster.remove(),
  };
}
