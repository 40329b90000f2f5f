import { closeSync, existsSync, openSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ClusterUnderTest, eventually } from '../support/cluster.js';
import { AcknowledgedProducer, LineProducer } from '../support/producers.js';
import { pause } from '../support/steady-load.js';
import { whisperSlots } from '../support/whisper-slots.js';

const STEP_S = 10;
const POINTS = 60;
const METRICS = Array.from({ length: 24 }, (_, i) => `truth.host${i}.load`);
const METRIC = METRICS[0];
/** Metrics that come while no node is up: only the logs have them. */
const LATE = Array.from({ length: 24 }, (_, i) => `truth.late${i}.load`);
const LATE_TAGGED = Array.from({ length: 8 }, (_, i) => `truth.tagged;host=late${i}`);
const HEADER_BYTES = 16 + 12;
const POINT_BYTES = 12;
const LOST = 20;
/** Between an answer and the next question. */
const PAUSE_MS = 20;

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

  /** A replica that is late is left out, and the answer says so: on a busy machine that is so now and then. */
  async function renderedByAllAsked(target: string): Promise<Response> {
    let answer = await render(target);
    await eventually(30_000, 'an answer of all replicas that were asked', async () => {
      const [asked, used] = ['asked', 'used'].map((name) =>
        answer.headers.get(`x-carbonbus-replicas-${name}`),
      );
      if (asked === used) return true;
      answer = await render(target);
      return false;
    });
    return answer;
  }

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
      const answer = await renderedByAllAsked(METRIC);
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
    await eventually(30_000, 'it to be counted', async () => (await counted('read_repairs')) >= 2);
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

  it('never call themselves complete while nodes that start know only a part', async () => {
    const asked = new AskedAgainAndAgain(cluster, startS);
    asked.expect(METRICS);
    const asking = asked.run();
    for (const node of cluster.nodes) {
      cluster.stopSupervision(node);
      cluster.signalChild(node, 'SIGKILL');
    }
    const producer = await AcknowledgedProducer.connect(cluster.ports.nats, 'late');
    const late = [...LATE, ...LATE_TAGGED];
    await producer.send(late.map((metric) => ({ metric, timestamp: startS + STEP_S, value: 1 })));
    await producer.close();
    await eventually(30_000, 'the logs to have them', async () => {
      const { ingest, relays } = await cluster.view();
      return ingest.waiting + ingest.inHand + relays[0].pendingPoints === 0;
    });
    asked.expect(late);
    for (const node of cluster.nodes) cluster.resumeSupervision(node);
    await eventually(60_000, 'whole answers to all questions', () => asked.isAllAnswered);
    asked.stop();
    await asking;
    console.log(`      ${asked.answers} answers, ${asked.incomplete} of them said what they lack`);
    expect(asked.wrong).to.deep.equal([]);
    expect(asked.incomplete).to.be.greaterThan(0);
  });
});

/** Asks the same in all ways, and compares those answers that say that they are complete. */
class AskedAgainAndAgain {
  answers = 0;
  incomplete = 0;
  readonly wrong: string[] = [];
  readonly #cluster: ClusterUnderTest;
  readonly #paths: readonly string[];
  /** Those that answered with all that was expected at last. */
  readonly #whole = new Set<string>();
  #names: readonly string[] = [];
  #isStopped = false;

  constructor(cluster: ClusterUnderTest, startS: number) {
    this.#cluster = cluster;
    const window = `from=${startS - 1}&until=${startS + POINTS * STEP_S}&format=json`;
    this.#paths = [
      '/metrics/find?query=truth.*',
      '/metrics/find?query=truth.*.*&format=json&local=1',
      '/metrics/expand?query=truth.*.load',
      `/render?target=truth.*.load&${window}`,
      `/render?target=truth.*.load&${window}&noCache=1`,
      `/render?target=${LATE.join('&target=')}&${window}&noCache=1`,
      '/tags/findSeries?expr=name=truth.tagged',
      `/render?target=seriesByTag('name=truth.tagged')&${window}`,
    ];
  }

  /** From now on an answer has to have these as well. */
  expect(names: readonly string[]): void {
    this.#names = [...this.#names, ...names];
    this.#whole.clear();
  }

  get isAllAnswered(): boolean {
    return this.#whole.size === this.#paths.length;
  }

  async run(): Promise<void> {
    await Promise.all(this.#paths.map((path) => this.#ask(path)));
  }

  stop(): void {
    this.#isStopped = true;
  }

  async #ask(path: string): Promise<void> {
    while (!this.#isStopped) {
      const names = this.#names;
      const answer = await fetch(this.#cluster.url(path));
      const text = await answer.text();
      this.#judge(path, names, answer, text);
      await pause(PAUSE_MS);
    }
  }

  #judge(path: string, names: readonly string[], { status, headers }: Response, text: string) {
    const [asked, answered, behind] = ['asked', 'answered', 'behind'].map((name) =>
      headers.get(`x-carbonbus-shards-${name}`),
    );
    this.answers++;
    const isComplete = status === 200 && asked !== null && asked === answered && behind === '0';
    if (!isComplete) this.incomplete++;
    const lacking = lackedBy(path, names, text);
    if (lacking.length === 0) {
      if (isComplete && names === this.#names) this.#whole.add(path);
      return;
    }
    if (status === 503 || (status === 200 && asked !== null && !isComplete)) return;
    const told = `${status}, ${answered} of ${asked} shards, ${behind} behind`;
    this.wrong.push(`${path.slice(0, 60)} (${told}) lacks ${lacking.length} names`);
  }
}

/** The names that an answer should have and has not. */
function lackedBy(path: string, names: readonly string[], text: string): string[] {
  const wanted = names.filter((name) => {
    if (name.includes(';')) return path.includes('tagged');
    if (path.includes('tagged')) return false;
    return name.startsWith('truth.late') || !path.includes('target=truth.late');
  });
  // A find of folders shows what lies one level down.
  const shown = (name: string): string => (path.endsWith('truth.*') ? name.split('.')[1] : name);
  return wanted.filter((name) => !text.includes(`${shown(name)}"`));
}
