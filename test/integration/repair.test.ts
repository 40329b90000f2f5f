import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ClusterGaps } from '../../src/actors/query/gaps.js';
import type { AuditView } from '../../src/protocols/audit-view.js';
import { ClusterUnderTest, eventually } from '../support/cluster.js';
import { forgetLogs, OWNER } from '../support/forgotten-logs.js';
import { AcknowledgedProducer } from '../support/producers.js';
import { differences, whisperSlots } from '../support/whisper-slots.js';

const SHARDS = 4;
const METRICS = 400;
const STEP_S = 10;
/** Rounds before and while a node is away, and how many messages of the latter the logs keep. */
const ROUNDS_BEFORE = 360;
const ROUNDS_AWAY = 200;
const KEPT = 3;
/** Rounds that come while no node is there, and that the logs forget. */
const ROUNDS_LOST = 5;
const SLOT_BYTES = 12;

describe('replicas that lack points', function () {
  this.timeout(240_000);
  let cluster: ClusterUnderTest;
  let producer: AcknowledgedProducer;
  const startS = Math.floor(Date.now() / 60_000) * 60 - (ROUNDS_BEFORE + ROUNDS_AWAY + 10) * STEP_S;
  let round = 0;

  before(async function () {
    cluster = await ClusterUnderTest.start(this, {
      cluster: [`SHARDS = ${SHARDS}`],
      retentions: '10s:2h,1m:1d',
      nats: OWNER,
      // So that the logs have more messages than they keep.
      relay: ['CARBON_METRIC_INTERVAL = 0', 'BATCH_BYTES = 16KiB'],
      cache: [...['WRITE_DELAY = 0.2', 'CHECKPOINT_HOLDBACK = 0'], 'CARBON_METRIC_INTERVAL = 0'],
    });
    producer = await AcknowledgedProducer.connect(cluster.ports.nats, 'repair');
    await send(ROUNDS_BEFORE);
    await cluster.settled(60_000);
    // Without a checkpoint a node that was away would be a new one.
    await eventually(30_000, 'all checkpoints', async () => {
      const { nodes } = await cluster.view();
      const replicas = nodes.flatMap(({ shards }) => shards);
      return replicas.every(({ checkpoint, logEnd }) => checkpoint > 0 && checkpoint === logEnd);
    });
  });

  after(async () => {
    await producer?.close();
    await cluster?.remove();
  });

  async function send(rounds: number): Promise<void> {
    for (let i = 0; i < rounds; i++, round++) {
      const timestamp = startS + round * STEP_S;
      const names = Array.from({ length: METRICS }, (_, n) => `repaired.host${n}.load`);
      await producer.send(names.map((metric, n) => ({ metric, timestamp, value: round * n })));
    }
    await eventually(30_000, 'the logs to have all', async () => {
      const { ingest } = await cluster.view();
      return ingest.waiting + ingest.inHand === 0;
    });
  }

  function gaps(): Promise<ClusterGaps> {
    return cluster.json<ClusterGaps>('/gaps');
  }

  it('lists what retention took from a node that was away, and fills it from its peers', async () => {
    cluster.stopSupervision('node2');
    cluster.signalChild('node2', 'SIGKILL');
    await send(ROUNDS_AWAY);
    await eventually(30_000, 'the other nodes to have read all', async () => {
      const { nodes } = await cluster.view();
      const others = nodes.filter(({ name }) => name !== 'node2').flatMap(({ shards }) => shards);
      return others.every(({ checkpoint, logEnd }) => checkpoint === logEnd);
    });
    await forgetLogs(cluster.ports.nats, SHARDS, KEPT);
    cluster.resumeSupervision('node2');
    await eventually(30_000, 'the gaps to be listed', async () => {
      const { gaps: found } = await gaps();
      return found.length > 0 && found.every((gap) => gap.node === 'node2');
    });
    const found = (await gaps()).gaps;
    const [gap] = found;
    const messages = found.reduce((sum, one) => sum + one.toSequence - one.fromSequence + 1, 0);
    const lacking = (await cluster.view()).nodes.find(({ name }) => name === 'node2');
    expect(lacking?.gaps).to.equal(found.length);
    console.log(`      ${found.length} gaps are listed: ${messages} messages of the logs`);
    expect(gap).to.include({ kind: 'retention', stream: `SHARD_${gap.shard}` });
    expect(gap.toSequence).to.be.greaterThan(gap.fromSequence);
    expect(
      await cluster.carbonbus('gaps').catch((error) => error.stdout ?? String(error)),
    ).to.match(/node2/);
    expect(await auditCode(cluster), 'while it lacks points').to.equal(2);
    const beganMs = Date.now();
    await repaired(cluster);
    const moved = await bytesMoved(cluster, 'node2');
    console.log(
      `      ${moved} bytes moved, ${(Date.now() - beganMs) / 1000} s later no gap is left`,
    );
    compareReplicas(cluster);
    await eventually(30_000, 'a balance', async () => (await auditCode(cluster)) === 0);
    const audit = await cluster.json<AuditView>('/audit');
    const replicas = audit.rows.filter(({ stage, at }) => stage === 'replica' && at === 'node2');
    expect(replicas.reduce((sum, row) => sum + row.repaired, 0)).to.equal(messages);
    for (const row of replicas) expect(row.in).to.equal((row.out ?? 0) + row.repaired);
  });

  it('builds a node anew whose data folder has gone', async () => {
    cluster.stopSupervision('node3');
    cluster.signalChild('node3', 'SIGKILL');
    rmSync(join(cluster.folder, 'data', 'node3'), { recursive: true });
    await forgetLogs(cluster.ports.nats, SHARDS);
    cluster.resumeSupervision('node3');
    await eventually(30_000, 'the new replicas to be listed', async () => {
      const { gaps: found } = await gaps();
      return found.some((gap) => gap.node === 'node3' && gap.kind === 'newReplica');
    });
    await repaired(cluster);
    compareReplicas(cluster);
    const size = sizeOf(filesOf(cluster, 'node3'));
    let moved = 0;
    await eventually(20_000, 'a heartbeat that tells of all that was moved', async () => {
      moved = await bytesMoved(cluster, 'node3');
      return moved >= size;
    });
    console.log(`      ${moved} bytes moved, ${size} bytes of points are in its files`);
    expect(moved / size, 'hashes and headers come on top').to.be.at.most(1.15);
    expect(await cluster.carbonbus('gaps')).to.equal('no gaps\n');
  });

  it('compares on request, and moves nothing where nothing differs', async () => {
    const before = await bytesMoved(cluster, 'node1');
    expect(await cluster.carbonbus('repair', 'node1')).to.match(/^node1 compares shards \d/);
    await eventually(30_000, 'the comparison', async () => (await runs(cluster, 'node1')) > 0);
    await repaired(cluster);
    const moved = (await bytesMoved(cluster, 'node1')) - before;
    expect(moved).to.be.lessThan(sizeOf(filesOf(cluster, 'node1')) / 10);
    compareReplicas(cluster);
  });

  it('gives up what nobody has when it is told to, and the audit balances at once', async () => {
    const names = cluster.nodes;
    for (const node of names) {
      cluster.stopSupervision(node);
      cluster.signalChild(node, 'SIGKILL');
    }
    await send(ROUNDS_LOST);
    await forgetLogs(cluster.ports.nats, SHARDS);
    for (const node of names) cluster.resumeSupervision(node);
    await eventually(60_000, 'gaps that no peer can fill', async () => {
      const { gaps: found } = await gaps();
      return found.length > 0 && found.every(({ state }) => state === 'irreparable');
    });
    const lost = (await gaps()).gaps;
    const messages = lost.reduce((sum, one) => sum + one.toSequence - one.fromSequence + 1, 0);
    expect(await auditCode(cluster), 'while it is on the list').to.equal(2);
    expect(await cluster.carbonbus('gaps', '--give-up')).to.match(/^given up:\n/);
    expect(await cluster.carbonbus('gaps')).to.equal('no gaps\n');
    await eventually(10_000, 'a balance', async () => (await auditCode(cluster)) === 0);
    const { rows } = await cluster.json<AuditView>('/audit');
    const replicas = rows.filter(({ stage }) => stage === 'replica');
    expect(replicas.reduce((sum, row) => sum + row.lost, 0)).to.equal(0);
    expect(replicas.reduce((sum, row) => sum + row.dropped, 0)).to.equal(messages);
    console.log(`      ${lost.length} gaps of ${messages} messages were given up`);
  });
});

async function repaired(cluster: ClusterUnderTest): Promise<void> {
  await cluster.settled(90_000);
  await eventually(90_000, 'the gaps to be gone', async () => {
    const { gaps, repairs, failures } = await cluster.json<ClusterGaps>('/gaps');
    return gaps.length + repairs.length + failures.length === 0;
  });
  await cluster.settled(30_000);
}

/** Every metric has two files, which hold the same points in all archives. */
function compareReplicas(cluster: ClusterUnderTest): void {
  const byName = new Map<string, string[]>();
  for (const node of cluster.nodes) {
    for (const path of filesOf(cluster, node)) {
      const name = path.slice(path.indexOf('/whisper/'));
      byName.set(name, [...(byName.get(name) ?? []), path]);
    }
  }
  expect(byName.size).to.equal(METRICS);
  let toTheByte = 0;
  for (const [name, paths] of byName) {
    expect(paths, name).to.have.length(2);
    const [a, b] = paths.map(whisperSlots);
    expect(a[0].size, name).to.equal(ROUNDS_BEFORE + ROUNDS_AWAY);
    expect(differences(a, b, 5), name).to.deep.equal([]);
    const [left, right] = paths.map((path) => readFileSync(path));
    if (left.equals(right)) toTheByte++;
  }
  console.log(
    `      ${METRICS} pairs of files have the same points in all archives, ${toTheByte} of them to the byte`,
  );
}

/** The exit code of `carbonbus audit`. */
async function auditCode(cluster: ClusterUnderTest): Promise<number> {
  return cluster.carbonbus('audit').then(
    () => 0,
    (error: { code: number }) => error.code,
  );
}

function filesOf(cluster: ClusterUnderTest, node: string): string[] {
  const folder = join(cluster.folder, 'data', node);
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.includes('/repaired/') && path.endsWith('.wsp'))
    .map((path) => join(folder, path));
}

/** Bytes of the points that files hold. */
function sizeOf(paths: readonly string[]): number {
  const archives = paths.flatMap((path) => whisperSlots(path));
  return archives.reduce((sum, { size }) => sum + size * SLOT_BYTES, 0);
}

function bytesMoved(cluster: ClusterUnderTest, node: string): Promise<number> {
  return cluster.figure('carbonbus_repair_bytes_moved_total', node);
}

function runs(cluster: ClusterUnderTest, node: string): Promise<number> {
  return cluster.figure('carbonbus_repair_runs_total', node);
}
