import { expect } from 'chai';
import { decodeProto, encodeProto } from '../../../support/carbonapi-proto.js';
import { Random } from '../../../support/random.js';
import { type RenderApp, renderApp } from '../../../support/render-app.js';

const SEED = Number(process.env.FUZZ_SEED ?? 20_261_122);
const ROUNDS = Number(process.env.FUZZ_ROUNDS ?? 300);
const V3 = 'application/x-carbonapi-v3-pb';
const GOOD = 'servers.web01.cpu.user';

const NAMES = [
  GOOD,
  'servers.*.cpu.user',
  'no.such',
  '',
  '*',
  '**',
  'a{b,c',
  '[',
  'é.\u0000',
  '..',
];
const PLACES = ['name=cpu', 'x;a=1', 'seriesByTag("name=cpu")', 'sumSeries(*)', 'a'.repeat(5000)];
const TIMES = [
  0,
  1,
  -1,
  2 ** 31,
  2 ** 53,
  -(2 ** 53),
  1_700_000_000,
  1_699_996_400,
  253_402_300_800,
];
const ROUTES = [
  ['/render/', 'MultiFetchRequestV3'],
  ['/metrics/find/', 'MultiGlobRequest'],
  ['/info/', 'MultiMetricsInfoRequest'],
] as const;

interface Fetched {
  metrics: { values: number[] }[];
}

/** What carbonapi might send, and what it would not. */
class Messages {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  next(type: (typeof ROUTES)[number][1]): Buffer {
    const bytes = encodeProto(type, this.#message(type));
    return this.#random.chance(0.4) ? this.#damaged(bytes) : bytes;
  }

  #message(type: string): object {
    const count = this.#random.int(0, 4);
    const some = <T>(make: () => T): T[] => Array.from({ length: count }, make);
    if (type === 'MultiMetricsInfoRequest') return { names: some(() => this.#name()) };
    if (type === 'MultiGlobRequest')
      return { metrics: some(() => this.#name()), startTime: this.#time(), stopTime: this.#time() };
    return {
      metrics: some(() => ({
        ...{ name: this.#name(), pathExpression: this.#name() },
        ...{ startTime: this.#time(), stopTime: this.#time() },
        maxDataPoints: this.#random.pick([0, 0, 1, 10, -1, 2 ** 40]),
      })),
    };
  }

  #name(): string {
    return this.#random.pick(this.#random.chance(0.7) ? NAMES : PLACES);
  }

  #time(): number {
    return this.#random.pick(TIMES);
  }

  #damaged(bytes: Buffer): Buffer {
    const random = this.#random;
    const at = random.int(0, bytes.length);
    const odd = Buffer.from([random.int(0, 255), random.int(0, 255)]);
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
    return random.pick([before, after, Buffer.concat([before, odd, after])]);
  }
}

describe('messages of carbonapi that are nearly good', function () {
  this.timeout(60_000);
  let app: RenderApp;

  before(async () => {
    app = await renderApp();
  });
  after(() => app.close());

  async function asked(url: string, payload: Buffer, method: 'GET' | 'POST', accept = V3) {
    const headers = { accept, 'content-type': accept };
    return app.http.inject({ method, url, headers, payload });
  }

  it(`are answered or refused with a sentence, and harm nobody (${ROUNDS} rounds, seed ${SEED})`, async () => {
    const random = new Random(SEED);
    const messages = new Messages(random);
    let answered = 0;
    const wrong: string[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const [path, type] = random.pick(ROUTES);
      const accept = random.pick([V3, V3, V3, 'application/x-protobuf', '*/*', 'application/json']);
      const query = random.pick(['', '', '?format=carbonapi_v3_pb', '?format=protobuf&query=*']);
      const message = messages.next(type);
      const method = random.pick(['GET', 'POST'] as const);
      const { statusCode, body } = await asked(`${path}${query}`, message, method, accept);
      if (statusCode === 200) answered++;
      const isTold = statusCode < 400 || (body.length > 0 && !/\n {4}at /.test(body));
      if (statusCode >= 500 || !isTold)
        wrong.push(
          `${method} ${path}${query} ${accept} ${message.toString('hex')}: ${statusCode} ${body}`,
        );
    }
    expect(wrong.join('\n')).to.equal('');
    expect(answered, 'good ones among them').to.be.greaterThan(ROUNDS / 10);
    expect(await points(0, 2 ** 31), 'a good one after all of them').to.be.greaterThan(0);
  });

  async function points(startTime: number, stopTime: number): Promise<number> {
    const metrics = [{ name: GOOD, pathExpression: GOOD, startTime, stopTime }];
    const answer = await asked('/render/', encodeProto('MultiFetchRequestV3', { metrics }), 'GET');
    expect(answer.statusCode).to.equal(200);
    const found = decodeProto<Fetched>('MultiFetchResponseV3', answer.rawPayload).metrics;
    return found.reduce((sum, { values }) => sum + values.length, 0);
  }

  it('may have their times in the wrong order', async () => {
    const window = [1_699_996_400, 1_700_000_000] as const;
    expect(await points(window[1], window[0])).to.equal(await points(...window));
  });
});
