import { expect } from 'chai';
import { CarbonbusError } from '../../../src/errors.js';
import { ShardMap, type ShardMapSpec } from '../../../src/routing/shard-map.js';

const NODES = ['node1', 'node2', 'node3'].map((name) => ({ name, zone: 'default' }));
const SPEC: ShardMapSpec = {
  epoch: 1,
  shardCount: 16,
  replicationFactor: 2,
  nodes: NODES,
  routerHashType: 'jump_fnv1a_ch',
};

function refusal(change: Partial<ShardMapSpec>): string {
  try {
    new ShardMap({ ...SPEC, ...change });
  } catch (error) {
    if (error instanceof CarbonbusError) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('ShardMap', () => {
  it('says the same from both ends', () => {
    const map = new ShardMap(SPEC);
    for (let shard = 0; shard < map.shardCount; shard++) {
      const names = map.nodesOf(shard).map((node) => node.name);
      expect(names).to.have.length(2);
      for (const node of NODES)
        expect(map.shardsOf(node.name).includes(shard)).to.equal(names.includes(node.name));
    }
  });

  it('knows no shards of a node that is not in it', () => {
    expect(new ShardMap(SPEC).shardsOf('node9')).to.deep.equal([]);
  });

  it('finds the shard of a metric by its hash', () => {
    const map = new ShardMap(SPEC);
    const shards = new Set(Array.from({ length: 200 }, (_, i) => map.shardOfMetric(`metric.${i}`)));
    expect([...shards].sort((a, b) => a - b)).to.deep.equal(Array.from(Array(16).keys()));
  });

  it('keeps what it was made of when the caller changes its lists', () => {
    const nodes = NODES.map((node) => ({ ...node }));
    const map = new ShardMap({ ...SPEC, nodes });
    nodes[0].name = 'other';
    nodes.pop();
    expect(map.nodes.map((node) => node.name)).to.deep.equal(['node1', 'node2', 'node3']);
    expect(() => (map.nodesOf(0) as unknown[]).pop()).to.throw(TypeError);
  });

  it('refuses nonsense, each kind under its own code', () => {
    expect(refusal({ shardCount: 0 })).to.equal('SHARD_COUNT_INVALID');
    expect(refusal({ shardCount: 1.5 })).to.equal('SHARD_COUNT_INVALID');
    expect(refusal({ nodes: [] })).to.equal('NODES_MISSING');
    expect(refusal({ nodes: [{ name: '', zone: 'z' }, ...NODES] })).to.equal('NODE_NAME_MISSING');
    expect(refusal({ nodes: [...NODES, NODES[0]] })).to.equal('NODE_DUPLICATE');
    expect(refusal({ replicationFactor: 0 })).to.equal('REPLICATION_FACTOR_INVALID');
    expect(refusal({ replicationFactor: 4 })).to.equal('REPLICATION_FACTOR_TOO_HIGH');
    expect(refusal({})).to.equal('accepted');
  });
});
