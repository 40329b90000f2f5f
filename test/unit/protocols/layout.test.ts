import { expect } from 'chai';
import {
  clusterLayoutDifference,
  layoutDifference,
  layoutText,
  mirrorText,
  nodesText,
  readLayout,
  readOrigin,
} from '../../../src/protocols/layout.js';
import {
  mirrorStream,
  shardOfMirror,
  shardOfStream,
  shardStream,
} from '../../../src/protocols/subjects.js';

const LAYOUT = { shardCount: 16, routerHashType: 'jump_fnv1a_ch' };

describe('layout', () => {
  it('comes back from its text', () => {
    expect(readLayout(layoutText(LAYOUT))).to.deep.equal(LAYOUT);
    for (const other of [undefined, '', 'mine', mirrorText('monday')])
      expect(readLayout(other)).to.equal(undefined);
  });

  it('says what differs', () => {
    expect(layoutDifference(LAYOUT, { ...LAYOUT })).to.equal(undefined);
    expect(layoutDifference(LAYOUT, { shardCount: 8, routerHashType: 'carbon_ch' })).to.equal(
      'SHARDS is 16 here and 8 there; ROUTER_HASH_TYPE is jump_fnv1a_ch here and carbon_ch there',
    );
  });

  it('of a datacentre is what a place depends on, whatever the order of the nodes', () => {
    const nodes = [
      { name: 'b', zone: 'z1' },
      { name: 'a', zone: 'z2' },
    ];
    const rest = { ...LAYOUT, epoch: 1, replicationFactor: 2 };
    const here = { ...rest, nodes: nodesText(nodes) };
    expect(here.nodes).to.equal('a:z2, b:z1');
    expect(clusterLayoutDifference(here, { ...rest, nodes: nodesText(nodes.reverse()) })).to.equal(
      undefined,
    );
    expect(clusterLayoutDifference(here, { ...here, nodes: 'a:z1, b:z1', epoch: 2 })).to.equal(
      'NODES is a:z2, b:z1 here and a:z1, b:z1 there; EPOCH is 1 here and 2 there',
    );
  });

  it('of a mirror is its origin', () => {
    expect(readOrigin(mirrorText('2026-11-22T01:24:01.9Z, cut back to 7'))).to.equal(
      '2026-11-22T01:24:01.9Z, cut back to 7',
    );
    expect(readOrigin(layoutText(LAYOUT))).to.equal(undefined);
  });
});

describe('names of streams', () => {
  it('tell logs from mirrors, and mirrors of one datacentre from those of another', () => {
    expect(shardOfStream(shardStream(12))).to.equal(12);
    expect(shardOfStream(mirrorStream(12, 'dc2'))).to.equal(undefined);
    expect(shardOfStream('INGEST')).to.equal(undefined);
    for (const datacentre of ['dc2', 'a_FROM_b', '1'])
      expect(shardOfMirror(mirrorStream(12, datacentre), datacentre)).to.equal(12);
    expect(shardOfMirror(mirrorStream(12, 'dc2'), 'dc3')).to.equal(undefined);
    expect(shardOfMirror(shardStream(12), 'dc2')).to.equal(undefined);
  });
});
