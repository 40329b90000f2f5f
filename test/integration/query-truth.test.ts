import { closeSync, existsSync, openSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ClusterUnderTest, eventually } from '../support/cluster.js';
import { LineProducer } from '../support/producers.js';
import { whisperSlots } from '../support/whisper-slots.js';

const STEP_S = 10;
const POINTS = 60;
const METRICS = Array.from({ length: 24 }, (_, i) => `truth.host${i}.load`);
const METRIC = METRICS[0];
const HEADER_BYTES = 16 + 12;
const POINT_BYTES = 12;
const LOST = 20;

describe('answers that tell the truth', function () {
  this.timeout(180_000);
  let cluster: ClusterUnderTest;
  let startS = 0;

  before(async function () {
    startS = Math.floor(Date.now() / 60_000) * 60 - 1200;
    cluster = await ClusterUnderTest.start(this, {
      retentions: '10s:6h',
      relay: ['CARBON_METRIC_INTERVAL = 0'],
      cache: ['WRITE_DELAY = 0.2', 'REPAIR_INTERVAL = 0', 'CARBON_METRIC_INTERVAL = 0'],
    });
    const producer = await LineProducer.connect(cluster.ports.line);
    await producer.send(
      METRICS.flatMap((metric, m) =>
        Array.from({ length: POINTS }, (_, i) => ({
          metric,
          timestamp: startS + i * STEP_S,
          value: m * 1000 + i,
        })),
      ),
    );
    await producer.end();
    // A cluster that has not read them yet is settled too.
    await eventually(30_000, 'the files', () =>
      METRICS.every((metric) => filesOf(metric).size === 2),
    );
    await cluster.settled(60_000);
  });
  after(() => cluster?.remove());

  const render = (target: string, more = '', init: RequestInit = {}): Promise<Response> => {
    const window = `from=${startS - 1}&until=${startS + POINTS * STEP_S}`;
    return fetch(cluster.url(`/render?target=${target}&${window}&format=json${more}`), init);
  };

  /** The files of a metric, by node. */
  function filesOf(metric: string): Map<string, string> {
    const ending = `/whisper/${metric.replaceAll('.', '/')}.wsp`;
    const found = new Map<string, string>();
    for (const node of cluster.nodes) {
      const folder = join(cluster.folder, 'data', node);
      if (!existsSync(folder)) continue;
      const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
      for (const path of paths)
        if (`/${path}`.endsWith(ending)) found.set(node, join(folder, path));
    }
    return found;
  }

  async function counted(name: string): Promise<number> {
    const text = await (await fetch(cluster.url('/metrics'))).text();
    const lines = text.split('\n').filter((line) => line.startsWith(`carbonbus_${name}_total{`));
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  it('fill holes from another replica, and have the replica repaired that lacks the points', async () => {
    const files = [...filesOf(METRIC).values()];
    expect(files).to.have.length(2);
    for (const [i, path] of files.entries()) {
      // Where the other replica still has them; the first of the two may be the preferred one or not.
      const fd = openSync(path, 'r+');
      const first = HEADER_BYTES + (i * LOST + 5) * POINT_BYTES;
      writeSync(fd, Buffer.alloc(LOST * POINT_BYTES), 0, LOST * POINT_BYTES, first);
      closeSync(fd);
      expect(whisperSlots(path)[0].size).to.equal(POINTS - LOST);
    }
    for (let i = 0; i < 3; i++) {
      const answer = await render(METRIC);
      // Later reads may find it repaired.
      if (i === 0) {
        expect(answer.headers.get('x-carbonbus-replicas-used')).to.equal('2');
        expect(answer.headers.get('x-carbonbus-points-filled')).to.equal(String(LOST));
      }
      const [{ datapoints }] = (await answer.json()) as { datapoints: [number | null, number][] }[];
      const known = datapoints.filter(([value]) => value !== null);
      expect(known.map(([value]) => value)).to.deep.equal(
        Array.from({ length: POINTS }, (_, n) => n),
      );
    }
    await eventually(30_000, 'both replicas to have all points', () =>
      files.every((path) => whisperSlots(path)[0].size === POINTS),
    );
    const again = await render(METRIC);
    expect(again.headers.get('x-carbonbus-points-filled')).to.equal('0');
    await eventually(10_000, 'it to be counted', async () => (await counted('read_repairs')) >= 2);
    expect(await counted('read_differences')).to.be.within(2, 6);
    expect(await counted('points_repaired')).to.equal(2 * LOST);
  });

  it('say what is missing while nodes do not answer, or are refused; a client may go away', async () => {
    const stopped = ['node1', 'node2'];
    for (const node of stopped) cluster.signalChild(node, 'SIGSTOP');
    try {
      const client = new AbortController();
      const abandoned = render('truth.*.load', '', { signal: client.signal }).catch(() => 'gone');
      setTimeout(() => client.abort(), 500);
      expect(await abandoned).to.equal('gone');
      const [partial, refused] = await Promise.all([
        render('truth.*.load'),
        render('truth.*.load', '&requireComplete=1'),
      ]);
      expect(partial.status).to.equal(200);
      const asked = Number(partial.headers.get('x-carbonbus-shards-asked'));
      const answered = Number(partial.headers.get('x-carbonbus-shards-answered'));
      expect([asked, answered]).to.satisfy(([all, some]: number[]) => all === 16 && some < 16);
      expect(refused.status).to.equal(503);
      expect(((await refused.json()) as { error: string }).error).to.match(/of 16 shards/);
      expect(await counted('requests_abandoned')).to.equal(1);
      await eventually(
        5_000,
        'it to be counted',
        async () => (await counted('partial_answers')) >= 2,
      );
    } finally {
      for (const node of stopped) cluster.signalChild(node, 'SIGCONT');
    }
    await cluster.settled(60_000);
    const whole = await render('truth.*.load');
    expect(whole.headers.get('x-carbonbus-shards-answered')).to.equal(
      whole.headers.get('x-carbonbus-shards-asked'),
    );
    expect(await whole.json()).to.have.length(METRICS.length);
  });
});
