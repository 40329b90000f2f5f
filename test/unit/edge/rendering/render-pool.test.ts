import { buffer } from 'node:stream/consumers';
import { expect } from 'chai';
import { LongWorkPace } from '../../../../src/actors/query/long-work-pace.js';
import { systemClock } from '../../../../src/edge/clock.js';
import { answerOf } from '../../../../src/edge/rendering/answer.js';
import type { LongRequest, PooledAnswer } from '../../../../src/edge/rendering/pooled-render.js';
import { RenderPool, type RenderPoolOptions } from '../../../../src/edge/rendering/render-pool.js';
import { CarbonbusError, errorCode } from '../../../../src/errors.js';
import type { Series } from '../../../../src/query/series.js';
import type { Expression } from '../../../../src/query/target.js';
import { parseTarget } from '../../../../src/query/target.js';
import { timeSeries } from '../../../../src/query/time-series.js';
import { UTC } from '../../../../src/query/time-zone.js';
import { eventually } from '../../../support/cluster.js';
import { RENDER_LIMITS } from '../../../support/render-limits.js';

const FROM_S = 1_700_000_000;
const WANTED = new AbortController().signal;
const LIMITS = { ...RENDER_LIMITS, renderMaxSeries: 1_000_000 };
const FORM = {
  kind: 'written',
  format: 'json',
  options: { pretty: false, jsonp: undefined, targets: [] },
} as const;

function stored(count: number, points: number): Series[] {
  const column = Float64Array.from({ length: count * points }, (_, i) => (i * 7919) % 1_000);
  return Array.from({ length: count }, (_, i) => ({
    ...{ name: `host${i}.load`, startS: FROM_S, endS: FROM_S + points, stepS: 1 },
    values: column.subarray(i * points, (i + 1) * points),
  }));
}

/** A request over so many series and points, which were fetched. */
function asked(target: string, count: number, points: number, timeoutMs = 30_000): LongRequest {
  return {
    fetched: [[stored(count, points)]],
    fetch: async (needs) => needs.map(() => stored(count, points)),
    points: count * points,
    pace: new LongWorkPace(systemClock),
    seed: 1,
    limits: { ...LIMITS, renderTimeoutMs: timeoutMs },
    request: {
      targets: [parseTarget(target) as Expression],
      window: { fromS: FROM_S, untilS: FROM_S + points, nowS: FROM_S + points, zone: UTC },
      maxDataPoints: undefined,
      xFilesFactor: 0,
      noNullPoints: false,
      templateVariables: new Map(),
    },
    form: FORM,
  };
}

async function bytesOf(answer: PooledAnswer): Promise<string> {
  if (answer.kind === 'drawing') throw new Error('it is no drawing');
  const body = answer.kind === 'whole' ? answer.body : await buffer(answer.parts);
  return Buffer.from(body).toString();
}

function codeOf(answer: Promise<unknown>): Promise<string | undefined> {
  return answer.then(() => 'answered', errorCode);
}

describe('RenderPool', function () {
  this.timeout(30_000);
  let pool: RenderPool;
  const start = (options: Partial<RenderPoolOptions> = {}) => {
    pool = new RenderPool({ ...LIMITS, ...options });
  };
  /** Until no thread has anything to do. */
  const idle = () =>
    eventually(10_000, 'the pool to be idle', () => {
      const { longRendersRunning, longRendersWaiting } = pool.gauges;
      return longRendersRunning + longRendersWaiting === 0;
    });
  afterEach(() => pool.close());

  it('writes a long answer in parts, as the main thread would', async () => {
    start();
    const answer = await pool.answer(asked('*.load', 700, 1_000), WANTED);
    expect(answer.kind).to.equal('parts');
    const request = asked('*.load', 700, 1_000);
    const series = request.fetched[0][0].map((one) => timeSeries(one, '*.load'));
    const here = answerOf(FORM, series, request.request);
    if (here.kind !== 'parts') throw new Error('a long answer has parts');
    expect(await bytesOf(answer)).to.equal(Buffer.concat([...here.parts]).toString());
    await idle();
  });

  it('is lent points in memory that threads share, and says when they are back', async () => {
    start({ threads: 1 });
    const lend = () => {
      const request = asked('*.load', 700, 1_000);
      const [[series]] = request.fetched;
      const shared = new Float64Array(new SharedArrayBuffer(series[0].values.buffer.byteLength));
      shared.set(new Float64Array(series[0].values.buffer));
      const lent = series.map((one, i) => ({
        ...one,
        values: shared.subarray(i * 1_000, (i + 1) * 1_000),
      }));
      const told = { back: 0 };
      const takeBackPoints = () => void told.back++;
      return { shared, told, request: { ...request, fetched: [[lent]], takeBackPoints } };
    };
    const own = await bytesOf(await pool.answer(asked('*.load', 700, 1_000), WANTED));
    const { shared, told, request } = lend();
    const answer = await pool.answer(request, WANTED);
    expect(told.back).to.equal(0);
    expect(await bytesOf(answer)).to.equal(own);
    await idle();
    expect(told.back).to.equal(1);
    expect(shared[1]).to.equal(7919 % 1_000);
    const left = lend();
    const client = new AbortController();
    const gone = codeOf(pool.answer(left.request, client.signal));
    client.abort();
    expect(await gone).to.equal('CLIENT_GONE');
    await idle();
    expect(left.told.back).to.equal(0);
  });

  it('tells when its last thread has ended', async () => {
    let times = 0;
    pool = new RenderPool(LIMITS, () => void times++);
    await bytesOf(await pool.answer(asked('sumSeries(*.load)', 10, 10), WANTED));
    expect(times).to.equal(0);
    await pool.close();
    expect(times).to.equal(1);
  });

  it('fetches what functions ask for later', async () => {
    start();
    const answer = await pool.answer(asked('timeShift(*.load,"1h")', 3, 10), WANTED);
    expect(JSON.parse(await bytesOf(answer))).to.have.length(3);
    const failing = {
      ...asked('timeShift(*.load,"1h")', 3, 10),
      fetch: () => Promise.reject(new CarbonbusError('NO_REPLICA', 'nobody there')),
    };
    expect(await codeOf(pool.answer(failing, WANTED))).to.equal('NO_REPLICA');
    await idle();
  });

  it('refuses what would wait behind too many, and what would take too many bytes', async () => {
    start({ threads: 1, waitingMax: 1 });
    const first = pool.answer(asked('medianSeries(*.load)', 1_000, 200), WANTED);
    const second = pool.answer(asked('sumSeries(*.load)', 10, 10), WANTED);
    expect(pool.gauges).to.deep.equal({ longRendersRunning: 1, longRendersWaiting: 1 });
    expect(await codeOf(pool.answer(asked('*.load', 1, 1), WANTED))).to.equal('RENDER_BUSY');
    expect(JSON.parse(await bytesOf(await first))).to.have.length(1);
    expect(JSON.parse(await bytesOf(await second))).to.have.length(1);
    expect(pool.counters).to.include({ longRenders: 2, longRendersRefused: 1 });
    await pool.close();
    start({ renderMaxBytes: 1_000 });
    const large = pool.answer(asked('sumSeries(*.load)', 10, 1_000), WANTED);
    expect(await codeOf(pool.answer(asked('*.load', 1, 1), WANTED))).to.equal('RENDER_BUSY');
    expect(await codeOf(large)).to.equal('answered');
    expect(await codeOf(pool.answer(asked('*.load', 1, 1), WANTED))).to.equal('answered');
  });

  it('works no more for whom nobody waits', async () => {
    start({ threads: 1 });
    const clients = [new AbortController(), new AbortController()];
    const answers = clients.map(({ signal }) =>
      codeOf(pool.answer(asked('medianSeries(*.load)', 2_000, 300), signal)),
    );
    for (const client of clients) client.abort();
    expect(await Promise.all(answers)).to.deep.equal(['CLIENT_GONE', 'CLIENT_GONE']);
    await idle();
    const next = await pool.answer(asked('sumSeries(*.load)', 10, 10), WANTED);
    expect(JSON.parse(await bytesOf(next))).to.have.length(1);
  });

  it('ends a call that takes longer than the time of the request', async () => {
    start();
    const slow = asked('movingMedian(*.load,500)', 200, 2_000, 150);
    const error = await pool.answer(slow, WANTED).catch((thrown) => thrown);
    expect(error).to.include({ code: 'BAD_REQUEST' });
    expect(error.message).to.contain('RENDER_TIMEOUT');
  });

  it('answers others while clients take nothing of long answers', async () => {
    start({ threads: 1 });
    const unread = [];
    for (let i = 0; i < 3; i++) {
      const answer = await pool.answer(asked('*.load', 700, 1_000), WANTED);
      if (answer.kind === 'parts') unread.push(answer.parts);
    }
    const quick = await pool.answer(asked('sumSeries(*.load)', 10, 10), WANTED);
    expect(JSON.parse(await bytesOf(quick))).to.have.length(1);
    expect(pool.gauges.longRendersRunning).to.equal(3);
    for (const parts of unread) parts.destroy();
    await idle();
  });

  it('fails the requests of a thread that runs out of memory, and has another', async () => {
    start({ heapMiB: 16 });
    const many = asked('aliasByNode(*.load,0)', 300_000, 1);
    const error = await pool.answer(many, WANTED).catch((thrown) => thrown);
    expect(error).to.include({ code: 'RENDER_FAILED' });
    expect(error.message).to.match(/memory/);
    expect(pool.counters.renderThreadsLost).to.equal(1);
    const next = await pool.answer(asked('sumSeries(*.load)', 10, 10), WANTED);
    expect(JSON.parse(await bytesOf(next))).to.have.length(1);
  });
});
