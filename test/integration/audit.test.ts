import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { connect, DiscardPolicy, type NatsConnection } from 'nats';
import { CLUSTER_USER } from '../../src/edge/nats-passwords.js';
import type { AuditView, Finding } from '../../src/protocols/audit-view.js';
import { ClusterUnderTest, eventually } from '../support/cluster.js';
import { LineProducer, type Point } from '../support/producers.js';

const METRICS = 400;
const NAMED_WITHIN_MS = 20_000;
const STREAMS = ['SHARD_0', 'SHARD_1'];

/** A stall at each stage in turn: the audit has to name that stage, and to balance when it is over. */
describe('carbonbus audit', function () {
  this.timeout(180_000);
  let cluster: ClusterUnderTest;
  let nats: NatsConnection;
  let producer: LineProducer;
  let round = 0;
  let nowS = 0;

  before(async function () {
    nowS = Math.floor(Date.now() / 10_000) * 10;
    cluster = await ClusterUnderTest.start(this, {
      retentions: '1s:1h',
      cluster: ['SHARDS = 2', 'NODES = node1:a, node2:b'],
      nodes: ['node1', 'node2'],
      relay: ['BATCH_BYTES = 16KiB', 'WINDOW_BYTES = 64KiB'],
      cache: ['WRITE_DELAY = 1', 'CHECKPOINT_HOLDBACK = 0', 'MAX_CREATES_PER_MINUTE = 600'],
    });
    const file = readFileSync(join(cluster.folder, 'data/nats-passwords.json'), 'utf8');
    const { cluster: pass } = JSON.parse(file) as { cluster: string };
    nats = await connect({ port: cluster.ports.nats, user: CLUSTER_USER, pass });
    producer = await LineProducer.connect(cluster.ports.line);
  });

  after(async () => {
    await nats?.close();
    await cluster?.remove();
  });

  it('balances while all goes well', async () => {
    await send(3);
    await balanced();
    const points = async (stage: string) =>
      (await cluster.json<AuditView>('/audit')).rows.filter(
        (row) => row.stage === stage && row.unit === 'points',
      );
    const [lines] = await points('receiver');
    expect(lines).to.include({ at: 'relay1', of: 'line', in: 3 * METRICS });
    // What a writer has had for a moment only does not count as held.
    await eventually(60_000, 'all points written by both replicas', async () => {
      const written = await points('writer');
      return written.reduce((sum, row) => sum + (row.out ?? 0), 0) >= 2 * 3 * METRICS;
    });
  });

  it('names a log that is full', async () => {
    const limits = await limitStreams({ max_bytes: 1, discard: DiscardPolicy.New });
    await send(1);
    await named('log', (finding) => finding.text.includes('is full'));
    await limits.restore();
    await balanced();
  });

  it('names the relay when no log acknowledges, and its receiver when that pauses the senders', async () => {
    const limits = await limitStreams({ subjects: ['elsewhere.>'] });
    await send(1);
    await named('relay', ({ at, points }) => at === 'relay1' && points >= METRICS);
    const sending = send(40);
    await named(
      'receiver',
      ({ at, text }) => at === 'relay1' && text.includes('1 of 1 connection'),
    );
    await limits.restore();
    await sending;
    await balanced();
  });

  it('names a relay that is stopped', async () => {
    const pid = cluster.childPid('relay1');
    process.kill(pid, 'SIGSTOP');
    await named('relay', ({ at, text }) => at === 'relay1' && text.includes('has not been heard'));
    process.kill(pid, 'SIGCONT');
    await balanced();
  });

  it('names a node that is stopped', async () => {
    const pid = cluster.childPid('node2');
    process.kill(pid, 'SIGSTOP');
    await send(1);
    await named('replica', ({ at, points }) => at === 'node2' && points >= METRICS);
    process.kill(pid, 'SIGCONT');
    await balanced();
  });

  it('names a writer that is slowed down', async () => {
    await send(1, 'new', 1_500);
    await named('writer', ({ text }) => text.includes('MAX_CREATES_PER_MINUTE = 600'));
  });

  it('says of a metric that all its replicas have it, and which one lacks it', async () => {
    const seen = await carbonbus('audit', 'stall.m1');
    expect(seen.code, seen.text).to.equal(0);
    expect(seen.text).to.contain('all 2 replicas have its newest point');
    const pid = cluster.childPid('node2');
    process.kill(pid, 'SIGSTOP');
    await send(1);
    const stopped = await carbonbus('audit', 'stall.m1', '--timeout', '1');
    process.kill(pid, 'SIGCONT');
    expect(stopped.code, stopped.text).to.equal(1);
    expect(stopped.text).to.contain('node2');
  });

  function send(rounds: number, prefix = 'stall', metrics = METRICS): Promise<void> {
    const points: Point[] = [];
    for (let one = 0; one < rounds; one++, round++)
      for (let i = 0; i < metrics; i++)
        points.push({ metric: `${prefix}.m${i}`, timestamp: nowS + round, value: round });
    return producer.send(points);
  }

  /** Waits until the command's verdict is about this stage, as its exit code and its sentence say. */
  async function named(stage: string, holds: (finding: Finding) => boolean): Promise<void> {
    let last = '';
    await eventually(NAMED_WITHIN_MS, `the audit to name the ${stage}`, async () => {
      const { code, text } = await carbonbus('audit', '--json');
      last = text;
      const view = JSON.parse(text) as AuditView;
      return code === 1 && view.stage === stage && holds(view.findings[0]);
    }).catch((error: Error) => {
      throw new Error(`${error.message}; it says: ${last}`);
    });
    console.log(`  ${stage}: ${(JSON.parse(last) as AuditView).verdict}`);
  }

  async function balanced(): Promise<void> {
    let last = '';
    await eventually(NAMED_WITHIN_MS, 'the audit to balance', async () => {
      const { code, text } = await carbonbus('audit');
      last = text;
      return code === 0;
    }).catch((error: Error) => {
      throw new Error(`${error.message}; it says: ${last}`);
    });
  }

  async function carbonbus(...args: string[]): Promise<{ code: number; text: string }> {
    const [program, ...rest] = cluster.command(...args);
    const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (some: string) => (text += some));
    const [code] = (await once(child, 'close')) as [number];
    return { code, text };
  }

  async function limitStreams(changed: object): Promise<{ restore: () => Promise<void> }> {
    const manager = await nats.jetstreamManager();
    const before = await Promise.all(
      STREAMS.map(async (stream) => (await manager.streams.info(stream)).config),
    );
    for (const config of before) {
      const subjects = 'subjects' in changed ? { subjects: [`elsewhere.${config.name}`] } : {};
      await manager.streams.update(config.name, { ...config, ...changed, ...subjects });
    }
    return {
      restore: async () => {
        for (const config of before) await manager.streams.update(config.name, config);
      },
    };
  }
});
