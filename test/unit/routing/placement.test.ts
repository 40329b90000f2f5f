import { expect } from 'chai';
import fc from 'fast-check';
import { type NodeSpec, place } from '../../../src/routing/placement.js';

interface Cluster {
  shardCount: number;
  replicationFactor: number;
  nodes: NodeSpec[];
}

const clusters: fc.Arbitrary<Cluster> = fc
  .record({
    shardCount: fc.integer({ min: 1, max: 64 }),
    names: fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), {
      minLength: 1,
      maxLength: 9,
    }),
    zones: fc.array(fc.constantFrom('east', 'west', 'north'), { minLength: 9, maxLength: 9 }),
    replicas: fc.nat(),
  })
  .map(({ shardCount, names, zones, replicas }) => ({
    shardCount,
    nodes: names.map((name, i) => ({ name, zone: zones[i] })),
    replicationFactor: 1 + (replicas % Math.min(names.length, 4)),
  }));

function placed({ shardCount, nodes, replicationFactor }: Cluster): NodeSpec[][] {
  const placement = place(shardCount, nodes, replicationFactor);
  return placement.map((replicas) => replicas.map((index) => nodes[index]));
}

function countBy(nodes: readonly NodeSpec[], key: (node: NodeSpec) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const node of nodes) counts.set(key(node), (counts.get(key(node)) ?? 0) + 1);
  return counts;
}

function loads(cluster: Cluster): number[] {
  const counts = countBy(placed(cluster).flat(), (node) => node.name);
  return cluster.nodes.map((node) => counts.get(node.name) ?? 0);
}

/** How many replicas live on another node in `after` than in `before`. */
function moved(before: NodeSpec[][], after: NodeSpec[][]): number {
  return after.reduce((count, replicas, shard) => {
    const held = new Set(before[shard].map((node) => node.name));
    return count + replicas.filter((node) => !held.has(node.name)).length;
  }, 0);
}

function numbered(label: string, count: number, zoneCount = 1): NodeSpec[] {
  return Array.from({ length: count }, (_, i) => ({
    name: `${label}-${i + 1}`,
    zone: `zone${i % zoneCount}`,
  }));
}

describe('place', () => {
  it('gives each shard as many distinct nodes as the replication factor says', () => {
    fc.assert(
      fc.property(clusters, (cluster) => {
        const placement = placed(cluster);
        expect(placement).to.have.length(cluster.shardCount);
        for (const replicas of placement)
          expect(new Set(replicas).size).to.equal(cluster.replicationFactor);
      }),
    );
  });

  it('spreads each shard over the zones as evenly as their sizes allow', () => {
    fc.assert(
      fc.property(clusters, (cluster) => {
        const sizes = countBy(cluster.nodes, (node) => node.zone);
        for (const replicas of placed(cluster)) {
          const held = countBy(replicas, (node) => node.zone);
          const most = Math.max(...held.values());
          for (const [zone, size] of sizes) {
            const inZone = held.get(zone) ?? 0;
            expect(inZone >= most - 1 || inZone === size, `${zone}: ${inZone} of ${size}`).to.equal(
              true,
            );
          }
        }
      }),
    );
  });

  it('does not depend on the order of the node list', () => {
    const shuffled = clusters.chain((cluster) =>
      fc.tuple(
        fc.constant(cluster),
        fc.shuffledSubarray(cluster.nodes, { minLength: cluster.nodes.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([cluster, nodes]) => {
        expect(placed({ ...cluster, nodes })).to.deep.equal(placed(cluster));
      }),
    );
  });

  it('gives nodes of one zone equally many replicas, give or take one', () => {
    fc.assert(
      fc.property(clusters, (cluster) => {
        const nodes = cluster.nodes.map((node) => ({ ...node, zone: 'one' }));
        const load = loads({ ...cluster, nodes });
        expect(Math.max(...load) - Math.min(...load)).to.be.at.most(1);
      }),
    );
  });

  it('balances zones of equal size too', () => {
    for (const [zoneCount, replicationFactor] of [
      [2, 1],
      [2, 2],
      [2, 3],
      [3, 2],
      [3, 4],
    ]) {
      const nodes = numbered('n', 6, zoneCount);
      const load = loads({ shardCount: 64, nodes, replicationFactor });
      expect(Math.max(...load) - Math.min(...load)).to.be.at.most(1);
    }
  });

  it('loads zones of different sizes no more than their spread asks for', () => {
    const nodes = [...numbered('many', 4), { name: 'lone', zone: 'zone1' }];
    expect(loads({ shardCount: 16, nodes, replicationFactor: 2 })).to.deep.equal([4, 4, 4, 4, 16]);
  });

  it('moves little when a node comes or goes', () => {
    let movedCount = 0;
    let needed = 0;
    for (let seed = 0; seed < 20; seed++) {
      for (const [shardCount, count, zoneCount] of [
        [16, 3, 1],
        [64, 6, 1],
        [64, 6, 3],
      ]) {
        const nodes = numbered(`cluster${seed}`, count + 1, zoneCount);
        const larger = placed({ shardCount, replicationFactor: 2, nodes });
        const smaller = placed({ shardCount, replicationFactor: 2, nodes: nodes.slice(0, count) });
        movedCount += moved(smaller, larger) + moved(larger, smaller);
        needed += (2 * 2 * shardCount) / (count + 1);
      }
    }
    expect(movedCount / needed).to.be.within(0.9, 1.5);
  });

  it('stays as it is from release to release: data lives where it says', () => {
    const nodes = numbered('node', 3);
    const first = place(16, nodes, 2).map((replicas) => replicas.join(''));
    expect(first.join(' ')).to.equal('02 20 12 10 02 12 02 10 21 10 10 01 02 21 12 01');
  });
});
