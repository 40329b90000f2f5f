import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { ClusterUnderTest, eventually } from '../support/cluster.js';
import { hostileRequests, type RawRequest } from '../support/hostile-requests.js';
import { LineProducer } from '../support/producers.js';
import { Random } from '../support/random.js';

const SEED = Number(process.env.FUZZ_SEED ?? 20_261_122);
/** For each kind of hostile request. */
const ROUNDS = Number(process.env.FUZZ_ROUNDS ?? 2);
/** In which a small query has to be answered beside a hostile one, besides what the machine itself is late. */
const SMALL_MS = 300;
/** What is slow on a busy machine is so by a factor. */
const LATE_TIMES = 3;
/** A busy machine may be late once; who stalls the api does so each time. */
const TRIES = 4;
/** How long it is looked at how late the machine is without a hostile request. */
const QUIET_MS = 400;
const SMALL = '/render?target=servers.web1.cpu&from=-5min&format=json&noCache=1';
const ALL = 'aaaaaaaaaaaaaaaa';
const SOME = 'bbbbbbbbbbbbbbbb';

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly tookMs: number;
}

describe('clients of the api', function () {
  this.timeout(180_000);
  let cluster: ClusterUnderTest;

  before(async function () {
    cluster = await ClusterUnderTest.start(this, { retentions: '10s:6h' });
    const timestamp = Math.floor(Date.now() / 1000) - 20;
    const hosts = Array.from({ length: 40 }, (_, i) => i);
    const producer = await LineProducer.connect(cluster.ports.line);
    await producer.send(
      hosts.flatMap((i) => [
        { metric: `servers.web${i}.cpu`, timestamp, value: i },
        { metric: `apps.shop${i}.orders`, timestamp, value: i },
        { metric: `load;host=${'a'.repeat(40)}${i};dc=dc${i % 4}`, timestamp, value: i },
      ]),
    );
    await producer.end();
    await eventually(30_000, 'all metrics', async () => {
      const found = await cluster.json<{ results: string[] }>('/metrics/expand?query=*.*.*');
      const tagged = await cluster.json<string[]>('/tags/findSeries?expr=name=load');
      return found.results.length >= 80 && tagged.length === 40;
    });
  });
  after(() => cluster?.remove());

  /** Sends what `fetch` would put right. */
  function send({ method = 'GET', path, headers = {}, body }: RawRequest): Promise<Answer> {
    const startMs = performance.now();
    const { host } = cluster;
    return new Promise((resolve, reject) => {
      const sent = request(
        { host, port: cluster.ports.http, method, path, headers },
        async (answer) => {
          let text = '';
          for await (const part of answer) text += (part as Buffer).toString('latin1');
          const tookMs = performance.now() - startMs;
          resolve({ status: answer.statusCode ?? 0, body: text, tookMs });
        },
      );
      sent.on('error', (cause) => {
        // Who is refused while he still sends may not get to read it.
        const tookMs = performance.now() - startMs;
        if (body instanceof Buffer) resolve({ status: 413, body: 'refused while sent', tookMs });
        else reject(new Error(`${method} ${path.slice(0, 200)}`, { cause }));
      });
      sent.end(body);
    });
  }

  /** The slowest answer to a small query while another one is in hand; none waits for the one before. */
  async function slowestBeside(asked: Promise<unknown>): Promise<number> {
    const small: Promise<Answer>[] = [];
    let isOver = false;
    const over = asked.finally(() => (isOver = true));
    do {
      small.push(send({ path: SMALL }));
      await sleep(25);
    } while (!isOver);
    await over;
    const answers = await Promise.all(small);
    expect(answers.map(({ status }) => status)).to.satisfy((all: number[]) =>
      all.every((status) => status === 200),
    );
    return Math.max(...answers.map(({ tookMs }) => tookMs));
  }

  /** What is wrong with how a request was taken, or undefined. */
  async function faultOf(hostile: RawRequest): Promise<string | undefined> {
    const waits: number[] = [];
    for (let i = 0; i < TRIES; i++) {
      const alone = i === 0 ? 0 : await slowestBeside(sleep(QUIET_MS));
      const asked = send(hostile);
      const waitMs = Math.round((await slowestBeside(asked)) - LATE_TIMES * alone);
      const { status, body } = await asked;
      if (status >= 500) return `${status} ${body.slice(0, 200)}`;
      if (status >= 400 && body.split(/\s+/).length < 3) return `${status} says only ${body}`;
      if (waitMs <= SMALL_MS) return undefined;
      waits.push(waitMs);
    }
    return `small queries waited ${waits.join(', ')} ms for it`;
  }

  it(`are answered soon, whatever others ask (FUZZ_SEED=${SEED})`, async () => {
    const random = new Random(SEED);
    const faults: string[] = [];
    let count = 0;
    for (const make of hostileRequests) {
      for (let i = 0; i < ROUNDS; i++, count++) {
        const hostile = make(random);
        const fault = await faultOf(hostile);
        const asked = `${hostile.path} ${hostile.body ?? ''}`.slice(0, 300);
        if (fault !== undefined) faults.push(`${hostile.method ?? 'GET'} ${asked}: ${fault}`);
      }
    }
    expect(faults, `${faults.length} of ${count}`).to.deep.equal([]);
  });

  it('see what their token may see, by the file as it is now', async () => {
    const path = join(cluster.folder, 'config', 'read-tokens.conf');
    const log = () => readFileSync(join(cluster.folder, 'api1.log'), 'utf8');
    const edit = (text: string): void => {
      writeFileSync(path, text);
      // Otherwise it looks every ten seconds.
      cluster.signalChild('api1', 'SIGHUP');
    };
    const seen = async (token: string): Promise<number | string[]> => {
      const headers = { authorization: `Bearer ${token}` };
      const answer = await send({ path: '/metrics/expand?query=*.*1.*', headers });
      return answer.status === 200 ? JSON.parse(answer.body).results : answer.status;
    };
    const shown = (what: string, token: string, wanted: number | string[]) =>
      eventually(
        10_000,
        what,
        async () => JSON.stringify(await seen(token)) === JSON.stringify(wanted),
      );
    const apps = [
      'apps.shop1.orders',
      'apps.shop11.orders',
      'apps.shop21.orders',
      'apps.shop31.orders',
    ];
    const webs = [
      'servers.web1.cpu',
      'servers.web11.cpu',
      'servers.web21.cpu',
      'servers.web31.cpu',
    ];
    expect(await seen('none')).to.deep.equal([...apps, ...webs]);

    edit(`${ALL}:*\n${SOME}:apps.\n`);
    await shown('the file to count', 'none', 401);
    expect(await seen(ALL)).to.deep.equal([...apps, ...webs]);
    expect(await seen(SOME)).to.deep.equal(apps);

    edit(`${ALL}:*\n${SOME}:servers.\n`);
    await shown('the edit to count', SOME, webs);

    edit(`${ALL}:*\n${SOME}:apps.\nno token\n`);
    await eventually(30_000, 'a word on the broken edit', () =>
      log().includes('read-tokens.conf:3: no token'),
    );
    expect(await seen(SOME)).to.deep.equal(webs);
    expect(await seen(ALL)).to.deep.equal([...apps, ...webs]);
    expect(log()).not.to.include(SOME);

    edit('');
    await eventually(30_000, 'a word on the empty file', () => log().includes('no token is left'));
    expect(await seen('none')).to.equal(401);

    edit(`${ALL}:*\n`);
    await shown('the token to be taken away', SOME, 401);
  });

  it('that ask too much or too long are told so, in answers and in the log', async () => {
    writeFileSync(join(cluster.folder, 'config', 'read-tokens.conf'), '');
    await cluster.restartApi(['HTTP_CLIENT_REQUESTS_PER_SECOND = 20', 'HTTP_SLOW_REQUEST = 0.001']);
    const hasRefused = async (): Promise<boolean> => {
      const asked = Array.from({ length: 60 }, () => fetch(cluster.url('/metrics/find?query=*')));
      const refused = (await Promise.all(asked)).find(({ status }) => status === 429);
      if (refused === undefined) return false;
      expect(refused.headers.get('retry-after')).to.equal('1');
      expect(await refused.text()).to.include('HTTP_CLIENT_REQUESTS_PER_SECOND');
      return true;
    };
    await eventually(60_000, 'a refusal', hasRefused);
    expect((await fetch(cluster.url('/lb_check'))).status).to.equal(200);
    await eventually(60_000, 'a slow request in the log', async () => {
      const headers = { 'x-dashboard-id': '7' };
      await fetch(cluster.url('/render?target=servers.*.cpu&format=json'), { headers });
      const lines = readFileSync(join(cluster.folder, 'api1.log'), 'utf8').split('\n');
      return lines.some(
        (line) => line.includes('a slow request') && line.includes('x-dashboard-id'),
      );
    });
  });
});
