import { expect } from 'chai';
import { ClusterObserver } from '../../../../src/actors/query/cluster-view.js';
import { replicasToAsk } from '../../../../src/actors/query/replica-choice.js';
import { encode } from '../../../../src/protocols/codec.js';
import type { ReplicaState } from '../../../../src/protocols/heartbeat.js';
import type { RepairReport } from '../../../../src/protocols/repair-messages.js';
import { HEARTBEAT_SUBJECT } from '../../../../src/protocols/subjects.js';
import { FakeCluster, heartbeat } from '../../../support/fake-cluster.js';
import { FakeLogReader } from '../../../support/fake-log-reader.js';

const ALL_LIVE = { node1: 'live', node2: 'live', node3: 'live' } as const;

function start() {
  const cluster = new FakeCluster();
  const log = new FakeLogReader();
  const observer = new ClusterObserver({
    datacentre: 'dc1',
    shardMap: cluster.shardMap,
    membership: cluster.membership,
    log,
    ingest: { backlog: async () => ({ waiting: 3, inHand: 2 }) },
  });
  for (let i = 0; i < 9; i++) log.append(new Uint8Array(0));
  const node = async (name: string) =>
    (await observer.view()).nodes.find((one) => one.name === name)!;
  return { cluster, log, observer, node };
}

describe('ClusterObserver', () => {
  it('shows every configured node and its shards before it has heard of any', async () => {
    const { observer, cluster } = start();
    const view = await observer.view();
    expect(view).to.include({ datacentre: 'dc1', epoch: 1, shardCount: 8, replicationFactor: 2 });
    expect(view.nodes.map((node) => [node.name, node.state, node.pid])).to.deep.equal([
      ['node1', 'unknown', null],
      ['node2', 'unknown', null],
      ['node3', 'unknown', null],
    ]);
    for (const { name, shards } of view.nodes) {
      expect(shards.map((one) => one.shard)).to.deep.equal([...cluster.shardMap.shardsOf(name)]);
      expect(shards[0]).to.include({ state: 'unknown', lag: 9, checkpoint: 0, queuePoints: 0 });
    }
    expect(view.relays).to.deep.equal([]);
  });

  it('shows what nodes say of themselves, and their lag behind the end of the log', async () => {
    const { cluster, node } = start();
    cluster.beat({ node1: 'live', node2: 'replaying' });
    const first = await node('node1');
    expect([first.state, first.pid]).to.deep.equal(['live', 1]);
    expect(first.shards[0]).to.include({
      state: 'live',
      checkpoint: 5,
      logEnd: 9,
      lag: 2,
      queuePoints: 2,
    });
    expect((await node('node2')).state).to.equal('replaying');
  });

  it('shows a growing lag of a node that is down', async () => {
    const { cluster, node, log } = start();
    cluster.beat(ALL_LIVE);
    cluster.clock.advance(3000);
    expect((await node('node1')).state).to.equal('suspect');
    cluster.clock.advance(3000);
    const down = await node('node1');
    expect([down.state, down.shards[0].lag, down.shards[0].checkpoint]).to.deep.equal([
      ...['down', 2, 5],
    ]);
    for (let i = 0; i < 40; i++) log.append(new Uint8Array(0));
    expect((await node('node1')).shards[0].lag).to.equal(42);
  });

  it('shows no lag below zero when a heartbeat is newer than the look at the log', async () => {
    const { cluster, node, log } = start();
    cluster.beat(ALL_LIVE);
    log.makeAnew();
    expect((await node('node1')).shards[0].lag).to.equal(0);
  });

  it('shows what is left to replay, of each node and in all', async () => {
    const { cluster, observer, log, node } = start();
    for (let i = 0; i < 91; i++) log.append(new Uint8Array(0));
    expect((await observer.view()).replay).to.equal(null);
    const shards = cluster.shardMap.shardsOf('node2').length;
    const replay = { fromLag: 2_000, perSecond: 31 * shards };
    cluster.beat({ node1: 'live', node2: 'replaying' }, replay);
    const left = { replicas: shards, lag: 93 * shards, fromLag: 2_000, secondsLeft: 3 };
    expect((await node('node2')).replay).to.deep.equal(left);
    expect((await node('node1')).replay).to.equal(null);
    expect((await observer.view()).replay).to.deep.equal(left);
    cluster.beat({ node2: 'replaying' }, { ...replay, perSecond: -1 });
    expect((await observer.view()).replay?.secondsLeft).to.equal(null);
    cluster.clock.advance(3_000);
    expect((await observer.view()).replay, 'of a node that is silent').to.equal(null);
  });

  it('shows relays with the points that wait in them, and apis', async () => {
    const { cluster, observer } = start();
    const counters = {
      ...{ pendingPoints: 12, connections: 3, pointsReceived: 99, pointsStored: 87 },
      ...{ 'rejected.nan-value': 2, 'rejected.malformed-line': 3 },
    };
    const relay = heartbeat({ role: 'relay', name: 'r1', pid: 7, counters });
    cluster.bus.publish(HEARTBEAT_SUBJECT, encode(relay));
    cluster.bus.publish(HEARTBEAT_SUBJECT, encode(heartbeat({ role: 'api', name: 'a1', pid: 8 })));
    const { relays, apis, mismatches } = await observer.view();
    expect(relays).to.deep.equal([
      {
        ...{ name: 'r1', state: 'up', pid: 7, pendingPoints: 12, connections: 3 },
        ...{ pointsReceived: 99, pointsStored: 87, rejected: 5 },
      },
    ]);
    expect(apis).to.deep.equal([{ name: 'a1', state: 'up', pid: 8 }]);
    expect(mismatches).to.deep.equal([]);
  });

  it('shows what replicas have of other datacentres', async () => {
    const { cluster, observer } = start();
    const log = { datacentre: 'dc2', checkpoint: 3, applied: 5, logEnd: 9 };
    const mirror = { state: 'stalled' as const, behind: 40 };
    const [shard] = cluster.shardMap.shardsOf('node1');
    const report = { shard, state: 'live' as const, checkpoint: 1, applied: 1, logEnd: 1 };
    const repair: RepairReport = {
      ...{ shard, state: 'copying', peer: 'node2', compared: 10, metrics: 40, bytesMoved: 900 },
      ...{ points: 30, reason: '', secondsLeft: 12 },
    };
    const rest = {
      gaps: 3,
      gapsIrreparable: 1,
      repair,
      queuePoints: 0,
      rollUpsWaiting: 0,
      dataFolder: '',
      mirrored: [{ ...log, mirror }],
    };
    const beat = heartbeat({ name: 'node1', shards: [{ ...report, ...rest }] });
    cluster.bus.publish(HEARTBEAT_SUBJECT, encode(beat));
    const [node] = (await observer.view()).nodes;
    expect(node).to.include({ gaps: 3, gapsIrreparable: 1 });
    expect(node.shards[0]).to.deep.include({ gaps: 3, gapsIrreparable: 1, repair });
    expect(node.shards[1]).to.include({ gaps: 0, repair: null });
    expect(node.shards[0].mirrored).to.deep.equal([
      { datacentre: 'dc2', ...mirror, checkpoint: 3, logEnd: 9, lag: 4 },
    ]);
  });

  it('shows processes that are configured for another layout', async () => {
    const { cluster, observer } = start();
    const { layout: ours } = heartbeat({});
    cluster.beat(ALL_LIVE);
    expect((await observer.view()).mismatches).to.deep.equal([]);
    const others: [Partial<typeof ours>, string][] = [
      [{ replicationFactor: 3 }, 'REPLICATION_FACTOR is 2 here and 3 there'],
      [{ shardCount: 4, epoch: 2 }, 'SHARDS is 8 here and 4 there; EPOCH is 1 here and 2 there'],
      [
        { routerHashType: 'carbon_ch' },
        'ROUTER_HASH_TYPE is jump_fnv1a_ch here and carbon_ch there',
      ],
      [{ nodes: 'node1:a' }, `NODES is ${ours.nodes} here and node1:a there`],
    ];
    for (const [other, difference] of others) {
      const layout = { ...ours, ...other };
      const relay = heartbeat({ role: 'relay', name: 'r1', layout });
      cluster.bus.publish(HEARTBEAT_SUBJECT, encode(relay));
      expect((await observer.view()).mismatches).to.deep.equal([
        { role: 'relay', name: 'r1', layout, difference },
      ]);
    }
  });

  it('shows the files of shards that nodes keep no longer, and who keeps them now', async () => {
    const { cluster, observer } = start();
    const rest = { state: 'kept' as const, successor: '', compared: 0, metrics: 0, reason: '' };
    const retired = [
      { shard: 3, checkpoint: 12, ...rest },
      { shard: 99, checkpoint: 0, ...rest },
    ];
    cluster.bus.publish(HEARTBEAT_SUBJECT, encode(heartbeat({ name: 'node9', retired })));
    const keptBy = cluster.shardMap.nodesOf(3).map(({ name }) => name);
    expect((await observer.view()).retired).to.deep.equal([
      { node: 'node9', nodeState: 'up', ...retired[0], keptBy },
      { node: 'node9', nodeState: 'up', ...retired[1], keptBy: [] },
    ]);
  });

  it('shows what nodes have lost and could not write', async () => {
    const { cluster, node } = start();
    const counters = { messagesLost: 4, errors: 1 };
    const beat = heartbeat({ role: 'node', name: 'node1', counters });
    cluster.bus.publish(HEARTBEAT_SUBJECT, encode(beat));
    expect(await node('node1')).to.include({ messagesLost: 4, errors: 1 });
  });
});

describe('replicasToAsk', () => {
  const shard = 3;

  /** Leads the two homes of a shard to states, `down` included. */
  function choice(
    first: ReplicaState | 'down' | 'unknown',
    second: ReplicaState | 'down' | 'unknown',
  ) {
    const { cluster } = start();
    const [a, b] = cluster.shardMap.nodesOf(shard).map((node) => node.name);
    const states: [string, ReplicaState | 'down' | 'unknown'][] = [
      [a, first],
      [b, second],
    ];
    for (const [name, state] of states) if (state === 'down') cluster.beat({ [name]: 'live' });
    cluster.clock.advance(3000);
    cluster.clock.advance(2500);
    for (const [name, state] of states) {
      if (state !== 'down' && state !== 'unknown') cluster.beat({ [name]: state });
    }
    cluster.clock.advance(500);
    const { likely, doubtful } = replicasToAsk(cluster.shardMap, cluster.membership, shard);
    const letter = (name: string): string => (name === a ? 'first' : 'second');
    return [likely.map(letter), doubtful.map(letter)];
  }

  for (const [first, second, likely, doubtful] of [
    ['live', 'live', ['first', 'second'], []],
    ['replaying', 'live', ['second', 'first'], []],
    ['degraded', 'replaying', ['second', 'first'], []],
    ['recovering', 'degraded', ['first', 'second'], []],
    ['down', 'live', ['second'], ['first']],
    ['live', 'down', ['first'], ['second']],
    ['down', 'down', [], ['first', 'second']],
  ] as const) {
    it(`${first} and ${second}: ${likely.join(', ') || 'nobody'} at once, then ${doubtful.join(', ') || 'nobody'}`, () => {
      expect(choice(first, second)).to.deep.equal([likely, doubtful]);
    });
  }
});
