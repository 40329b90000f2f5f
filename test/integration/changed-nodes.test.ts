import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ClusterGaps } from '../../src/actors/query/gaps.js';
import type { Placed } from '../../src/cli/operator/answers.js';
import { ShardMap } from '../../src/routing/shard-map.js';
import { ClusterUnderTest, eventually } from '../support/cluster.js';
import { forgetLogs, OWNER } from '../support/forgotten-logs.js';
import { AcknowledgedProducer } from '../support/producers.js';
import { missingPoints, pause, SteadyLoad } from '../support/steady-load.js';
import { differences, whisperSlots } from '../support/whisper-slots.js';

const SHARDS = 4;
const METRICS = 40;
/** Points that the logs have forgotten when the nodes change: they can only be copied. */
const OLD_METRICS = 100;
const OLD_ROUNDS = 700;

describe('a cluster whose nodes come and go', function () {
  this.timeout(240_000);
  let cluster: ClusterUnderTest;
  const loads: SteadyLoad[] = [];
  const oldStartS = Math.floor(Date.now() / 1000) - 2_700;

  before(async function () {
    cluster = await ClusterUnderTest.start(this, {
      cluster: [`SHARDS = ${SHARDS}`],
      retentions: '1s:1h,1m:1d',
      nats: OWNER,
      relay: ['CARBON_METRIC_INTERVAL = 0'],
      cache: [...['WRITE_DELAY = 0.2', 'CHECKPOINT_HOLDBACK = 0'], 'CARBON_METRIC_INTERVAL = 0'],
    });
    const producer = await AcknowledgedProducer.connect(cluster.ports.nats, 'old');
    for (let round = 0; round < OLD_ROUNDS; round++) {
      const timestamp = oldStartS + round;
      const names = Array.from({ length: OLD_METRICS }, (_, i) => oldName(i));
      await producer.send(names.map((metric, i) => ({ metric, timestamp, value: round * i })));
    }
    await producer.close();
    await cluster.settled(60_000);
    await forgetLogs(cluster.ports.nats, SHARDS);
  });

  after(async () => {
    for (const load of loads) await load.stop();
    await cluster?.remove();
  });

  /** Points come while `change` happens; afterwards every replica has to have them all, and all that came before. */
  async function under(name: string, change: () => Promise<void>): Promise<void> {
    const load = await SteadyLoad.start(cluster, name, METRICS);
    loads.push(load);
    await change();
    await load.stop();
    const stoppedMs = Date.now();
    await repaired(cluster);
    const seconds = ((Date.now() - stoppedMs) / 1000).toFixed(1);
    expect(await missingPoints(cluster, loads)).to.deep.equal([]);
    const files = comparedFiles(await cluster.view());
    expect(files).to.equal(OLD_METRICS + loads.length * METRICS);
    console.log(
      `      ${load.points} points meanwhile, the longest pause ${load.longestPauseMs} ms; repaired ${seconds} s later; ${files} metrics compared`,
    );
    await lookUp(cluster, [`${name}.host0`, `${name}.host1`, oldName(0), oldName(1)]);
  }

  /** As an operator does it: some processes after the others are told of the new layout. */
  async function change(
    nodes: readonly string[],
    epoch: number,
    rounds: readonly (readonly string[])[],
  ): Promise<void> {
    const zones = nodes.map((name) => `${name}:${name.replace('node', 'zone')}`);
    cluster.setCluster({ NODES: zones.join(', '), EPOCH: epoch });
    for (const roles of rounds) {
      await Promise.all(roles.map((role) => cluster.stopRole(role)));
      for (const role of roles) cluster.startRole(role);
    }
    await cluster.ready();
    expect((await cluster.view()).epoch).to.equal(epoch);
    await eventually(30_000, 'no process of another layout', async () => {
      const { mismatches } = await cluster.view();
      return mismatches.length === 0;
    });
  }

  it('goes on while a node is drained, and has nothing less when it is back', async () => {
    await under('drained', async () => {
      expect(await cluster.carbonbus('drain', 'node2')).to.match(/node2 is left\n$/);
      const applied = await appliedOf(cluster, 'node2');
      await pause(1_500);
      expect(await appliedOf(cluster, 'node2')).to.deep.equal(applied);
      expect(await cluster.carbonbus('rejoin', 'node2')).to.match(/^node2 is /);
      await pause(500);
    });
  });

  it('fills a node that is new', async () => {
    const roles = [
      ['node4', 'node1'],
      ['node2', 'relay1'],
      ['node3', 'api1'],
    ];
    await under('added', () => change(['node1', 'node2', 'node3', 'node4'], 2, roles));
    const copied = await cluster.figure('carbonbus_repair_bytes_moved_total', 'node4');
    expect(copied, 'what the logs have forgotten').to.be.greaterThan(OLD_METRICS * OLD_ROUNDS);
    console.log(`      ${copied} bytes copied to the new node`);
    const wanted = movedShards(['node1', 'node2', 'node3'], ['node1', 'node2', 'node3', 'node4']);
    await removeRetired(cluster, wanted);
  });

  it('empties a node that is taken out', async () => {
    const roles = [
      ['node1', 'relay1'],
      ['node2', 'node3'],
      ['node4', 'api1'],
    ];
    await under('removed', () => change(['node2', 'node3', 'node4'], 3, roles));
    const wanted = movedShards(['node1', 'node2', 'node3', 'node4'], ['node2', 'node3', 'node4']);
    expect(wanted.map(([node]) => node)).to.include('node1');
    await removeRetired(cluster, wanted);
    expect(readdirSync(join(cluster.folder, 'data', 'node1', 'shards'))).to.deep.equal([]);
    await cluster.stopRole('node1');
    expect(await missingPoints(cluster, loads)).to.deep.equal([]);
  });

  it('does not let its shards be cut in another way', async () => {
    cluster.setCluster({ SHARDS: SHARDS * 2 });
    const said = await cluster.failing(process.env, 'relay', '--name', 'relay9');
    expect(said).to.match(/SHARD_\d holds points by another layout: SHARDS is 8 here and 4 there/);
    cluster.setCluster({ SHARDS });
  });
});

const oldName = (i: number): string => `old.host${i}`;

async function repaired(cluster: ClusterUnderTest): Promise<void> {
  await cluster.settled(60_000);
  await eventually(60_000, 'the gaps to be gone', async () => {
    const { gaps, repairs, failures } = await cluster.json<ClusterGaps>('/gaps');
    return gaps.length + repairs.length + failures.length === 0;
  });
  await cluster.settled(30_000);
}

/** Every metric has the same points in all archives of both its files. @returns how many metrics there are */
function comparedFiles({ nodes }: Awaited<ReturnType<ClusterUnderTest['view']>>): number {
  const byName = new Map<string, string[]>();
  for (const { dataFolder } of nodes.flatMap(({ shards }) => shards)) {
    for (const path of readdirSync(dataFolder, { recursive: true, encoding: 'utf8' })) {
      if (!path.endsWith('.wsp')) continue;
      byName.set(path, [...(byName.get(path) ?? []), join(dataFolder, path)]);
    }
  }
  for (const [name, paths] of byName) {
    expect(paths, name).to.have.length(2);
    const [a, b] = paths.map(whisperSlots);
    expect(differences(a, b, 5), name).to.deep.equal([]);
    if (name.startsWith('old/')) expect(a[0].size, name).to.equal(OLD_ROUNDS);
  }
  return byName.size;
}

/** What the configuration says of a name is where its files are. */
async function lookUp(cluster: ClusterUnderTest, names: readonly string[]): Promise<void> {
  const { nodes } = await cluster.view();
  const lines = (await cluster.carbonbus('lookup', '--json', ...names)).trim().split('\n');
  for (const line of lines) {
    const { name, shard, replicas }: Placed = JSON.parse(line);
    const keeping = nodes.filter((node) => node.shards.some((one) => one.shard === shard));
    const placed = replicas.map(({ node }) => node).sort();
    expect(placed, name).to.deep.equal(keeping.map((node) => node.name).sort());
    for (const { file } of replicas) expect(existsSync(file), file).to.equal(true);
  }
  expect(lines).to.have.length(names.length);
}

/** The nodes and shards that a change of the nodes takes from each other. */
function movedShards(before: readonly string[], after: readonly string[]): [string, number][] {
  const map = (names: readonly string[]): ShardMap =>
    new ShardMap({
      ...{ epoch: 1, shardCount: SHARDS, replicationFactor: 2, routerHashType: 'jump_fnv1a_ch' },
      nodes: names.map((name) => ({ name, zone: name.replace('node', 'zone') })),
    });
  const [old, now] = [map(before), map(after)];
  return before.flatMap((node) =>
    old
      .shardsOf(node)
      .filter((shard) => !now.shardsOf(node).includes(shard))
      .map((shard): [string, number] => [node, shard]),
  );
}

async function removeRetired(cluster: ClusterUnderTest, wanted: [string, number][]) {
  const folders = wanted.map(([node, shard]) =>
    join(cluster.folder, 'data', node, 'shards', String(shard)),
  );
  expect(folders).to.not.have.length(0);
  const listed = JSON.parse(await cluster.carbonbus('retired', '--json'));
  expect(listed.map(({ node, shard }: { node: string; shard: number }) => [node, shard]).sort())
    .to //
    .deep.equal([...wanted].sort());
  for (const folder of folders) expect(existsSync(folder)).to.equal(true);
  const said = await cluster.carbonbus('retired', '--remove');
  for (const [node, shard] of wanted)
    expect(said).to.contain(`shard ${shard} on ${node} is removed`);
  for (const folder of folders) expect(existsSync(folder), folder).to.equal(false);
  expect(await cluster.carbonbus('retired')).to.equal('no retired shards\n');
}

async function appliedOf(cluster: ClusterUnderTest, node: string): Promise<number[]> {
  const { nodes } = await cluster.view();
  const shards = nodes.find(({ name }) => name === node)?.shards ?? [];
  return shards.map(({ checkpoint }) => checkpoint);
}
