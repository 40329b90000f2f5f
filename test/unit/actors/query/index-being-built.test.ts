import { expect } from 'chai';
import { Membership } from '../../../../src/actors/membership/membership.js';
import { Inquiries } from '../../../../src/actors/query/inquiry.js';
import { NodeClient } from '../../../../src/actors/query/node-client.js';
import { Query } from '../../../../src/actors/query/query.js';
import { encode } from '../../../../src/protocols/codec.js';
import { HEARTBEAT_SUBJECT, requestSubject } from '../../../../src/protocols/subjects.js';
import { ShardMap } from '../../../../src/routing/shard-map.js';
import { FakeBus } from '../../../support/fake-bus.js';
import { HEARTBEAT_MS, heartbeat, REQUEST_TIMEOUT_MS } from '../../../support/fake-cluster.js';
import { FakeLogger } from '../../../support/fake-logger.js';
import { SHARD_COUNT, startNode } from '../../../support/fake-node.js';
import { pass, settled, watch } from '../../../support/fake-time.js';
import { MemoryFiles } from '../../../support/memory-files.js';
import { shardOfName } from '../../../support/shard-of.js';
import { SimulatedClock } from '../../../support/simulated-clock.js';
import { SlowClock } from '../../../support/slow-clock.js';

const SHARDS = [0, 1, 2, 3];
const NODES = ['node1', 'node2'];
/** More than a replica enters into its index in one go. */
const FILES = 600;
const NAMES = Array.from({ length: 12 }, (_, i) => `all.m${i}`);
const TAGGED = ['load;dc=ams', 'load;dc=fra', 'load;dc=par', 'load;dc=rom'];

const inShards = (names: readonly string[], shards: readonly number[]) =>
  names.filter((name) => shards.includes(shardOfName(name, SHARD_COUNT))).sort();

/** Two nodes, of all shards each. Those of the replicas that are named have many files, and their index is not done. */
async function clusterOf(building: Readonly<Record<string, readonly number[]>>) {
  const clock = new SimulatedClock();
  const bus = new FakeBus(clock);
  const log = new FakeLogger();
  const nodes = NODES.map((name) => {
    const slow = building[name] ?? [];
    const slowClock = new SlowClock();
    slowClock.holds = true;
    const files = new MemoryFiles();
    for (const shard of slow)
      for (let i = 0; i < FILES; i++)
        files.put(`/data/node1/shards/${shard}/whisper/old/m${i}.wsp`, new Uint8Array(1));
    const clockOf = (shard: number) => (slow.includes(shard) ? slowClock : clock);
    const node = startNode([], files, { clock, clockOf, shards: SHARDS });
    for (const [i, metric] of [...NAMES, ...TAGGED].entries()) node.append(metric, i);
    bus.serve(requestSubject('node', name), (bytes) => node.requests.answer(bytes));
    return { name, ...node };
  });
  await settled();
  const membership = new Membership({
    ...{ bus, clock, log, heartbeatIntervalMs: HEARTBEAT_MS, nodes: NODES },
  });
  const shardMap = new ShardMap({
    ...{ routerHashType: 'jump_fnv1a_ch', epoch: 1, shardCount: SHARD_COUNT, replicationFactor: 2 },
    nodes: NODES.map((name) => ({ name, zone: name })),
  });
  const client = new NodeClient(bus, REQUEST_TIMEOUT_MS);
  /** @param areOld they are from before the replicas were started anew, when all were live */
  const beat = (areOld: boolean): void => {
    for (const { name, node } of nodes) {
      const reports = node.reports();
      const shards = reports.map((report) =>
        areOld ? { ...report, state: 'live' as const } : report,
      );
      bus.publish(HEARTBEAT_SUBJECT, encode(heartbeat({ name, shards })));
    }
  };
  const nowS = clock.nowMs() / 1000;
  /** What each kind of question finds, or the code of its refusal. */
  const asked = async (requireComplete = false) => {
    const of = async (ask: (query: Query) => Promise<readonly string[]>) => {
      const inquiry = new Inquiries(requireComplete).open();
      const query = new Query({ client, membership, shardMap, clock, log }, inquiry);
      const answer = watch(ask(query));
      await pass(clock, 2 * REQUEST_TIMEOUT_MS, 250);
      const { shardsAsked, shardsAnswered } = inquiry.completeness;
      return {
        found: answer.value,
        code: answer.error?.code,
        missing: shardsAsked - shardsAnswered,
      };
    };
    const window = { fromS: nowS - 1, untilS: nowS, nowS };
    return {
      find: await of(async (query) => {
        const { nodes: some } = await query.find('all.*', 100);
        return some.map(({ path }) => path);
      }),
      render: await of(async (query) => {
        const { series } = await query.fetchMatching('all.*', 100, window);
        return series.filter(({ values }) => values.at(-1)! >= 0).map(({ name }) => name);
      }),
      tags: await of(async (query) => (await query.tags.series(['name=load'], 100)).texts),
    };
  };
  return { beat, asked };
}

describe('while replicas build their index', () => {
  for (const areOld of [false, true]) {
    it(`others answer, ${areOld ? 'also before heartbeats tell of it' : 'and nothing is missing'}`, async () => {
      const { beat, asked } = await clusterOf({ node1: SHARDS });
      beat(areOld);
      for (const requireComplete of [false, true]) {
        const { find, render, tags } = await asked(requireComplete);
        expect(find).to.deep.equal({ found: NAMES.toSorted(), code: undefined, missing: 0 });
        expect(render).to.deep.equal(find);
        expect(tags).to.deep.equal({ found: TAGGED, code: undefined, missing: 0 });
      }
    });
  }

  it('each shard is answered for by the one that knows it', async () => {
    const { beat, asked } = await clusterOf({ node1: [0, 1], node2: [2] });
    beat(false);
    const { find, render, tags } = await asked();
    expect(find).to.deep.equal({ found: NAMES.toSorted(), code: undefined, missing: 0 });
    expect(render).to.deep.equal(find);
    expect(tags).to.deep.equal({ found: TAGGED, code: undefined, missing: 0 });
  });

  it('of a shard that nobody knows it is said that it is missing, and all or nothing is refused', async () => {
    const { beat, asked } = await clusterOf({ node1: [1, 2], node2: [2, 3] });
    beat(false);
    const { find, render, tags } = await asked();
    const known = [0, 1, 3];
    expect(inShards(NAMES, [2])).to.not.be.empty;
    expect(find).to.deep.equal({ found: inShards(NAMES, known), code: undefined, missing: 1 });
    expect(render).to.deep.equal(find);
    expect(tags).to.deep.equal({ found: inShards(TAGGED, known), code: undefined, missing: 1 });
    for (const refused of Object.values(await asked(true)))
      expect(refused).to.deep.equal({ found: undefined, code: 'PARTIAL_ANSWER', missing: 1 });
  });

  it('nothing is told where nobody knows any shard', async () => {
    const { beat, asked } = await clusterOf({ node1: SHARDS, node2: SHARDS });
    beat(false);
    for (const refused of Object.values(await asked()))
      expect(refused).to.include({ found: undefined, code: 'NO_REPLICA' });
  });
});
