/**
 * Functions that have much to do for each point, in the main thread of an api: of each the largest request that stays there
 * (longer ones go to render threads), and for how long at a time it keeps others from having their turn. Prints one line of
 * JSON; `heldMs` is the longest turn of the loop in a request, the median of BENCH_REPEATS (21), `worstMs` that of the worst of them,
 * in which V8 compiles, or others have the processor. It takes some seconds.
 *
 * BENCH_POINTS (500) of each series.
 */
import type { Events } from '../src/actors/query/events.js';
import type { Query } from '../src/actors/query/query.js';
import { renderTargets } from '../src/actors/query/render.js';
import { systemClock } from '../src/edge/clock.js';
import { RenderPool } from '../src/edge/rendering/render-pool.js';
import type { Series } from '../src/query/series.js';
import { type Expression, parseTarget } from '../src/query/target.js';
import { UTC } from '../src/query/time-zone.js';
import { Random } from '../test/support/random.js';
import { count, median, rounded } from './support/figures.js';

const POINTS = count('BENCH_POINTS', 500, 10);
const REPEATS = count('BENCH_REPEATS', 21);
const STEP_S = 10;
const FROM_S = 1_700_000_000;
const WINDOW = { fromS: FROM_S, untilS: FROM_S + POINTS * STEP_S, nowS: FROM_S + POINTS * STEP_S };
const SERIES_MAX = 1_000;
const TARGETS = [
  'sumSeries(a.*)',
  'scale(a.*,2)',
  'aliasByNode(a.*,1)',
  'medianSeries(a.*)',
  'percentileOfSeries(a.*,50)',
  'nPercentile(a.*,95)',
  'removeAbovePercentile(a.*,95)',
  'tukeyAbove(a.*,1.5,5)',
  "groupByNode(a.*,1,'median')",
  "highest(a.*,5,'median')",
  "summarize(a.*,'1min','median')",
  'movingAverage(a.*,20)',
  'movingMedian(a.*,50)',
  "movingWindow(a.*,50,'stddev')",
  'polyfit(a.*,10)',
  'powSeries(a.*)',
  "fft(a.*,'abs')",
];

interface Figures {
  series: number;
  heldMs: number;
  worstMs: number;
}

const LIMITS = {
  renderMaxSeries: 100_000,
  renderMaxPoints: 100_000_000,
  renderMaxBytes: 2 ** 30,
  renderMaxCalls: 1_000,
  renderTimeoutMs: 60_000,
  enforceInputValidation: false,
};
const random = new Random(1);
const all: readonly Series[] = Array.from({ length: SERIES_MAX }, (_, i) => {
  const values = Float64Array.from({ length: POINTS }, () => random.int(0, 1_000_000) / 60);
  const name = `a.host${String(i).padStart(4, '0')}`;
  return { name, startS: FROM_S, endS: WINDOW.untilS, stepS: STEP_S, values };
});
const pool = new RenderPool(LIMITS);

/** Where a request that stays in the main thread has all of so many series from. */
function sourcesOf(series: readonly Series[]): { query: Query; events: Events } {
  const matching = { names: series.map(({ name }) => name), isTruncated: false, series };
  const inquiry = { isComplete: true, checkWanted: () => undefined };
  const query = {
    inquiry,
    fetchMatching: () => Promise.resolve(matching),
    // Functions that look back ask for it again.
    fetch: () => Promise.resolve(series),
  };
  return { query: query as unknown as Query, events: {} as Events };
}

/** Whether it stays in the main thread. */
async function isShort(target: string, series: number): Promise<boolean> {
  const request = {
    targets: [parseTarget(target) as Expression],
    window: { ...WINDOW, zone: UTC },
    maxDataPoints: undefined,
    xFilesFactor: 0,
    noNullPoints: false,
    templateVariables: new Map<string, string>(),
  };
  const sources = sourcesOf(all.slice(0, series));
  const answer = await renderTargets(sources, request, LIMITS, systemClock, pool.longPoints);
  return !('fetched' in answer);
}

async function mostSeries(target: string): Promise<number> {
  let [most, tooMany] = [0, SERIES_MAX + 1];
  while (tooMany - most > 1) {
    const middle = (most + tooMany) >> 1;
    if (await isShort(target, middle)) most = middle;
    else tooMany = middle;
  }
  return most;
}

/** The longest turn of the loop while some work is done. */
async function longestTurn(work: () => Promise<unknown>): Promise<number> {
  let longestMs = 0;
  let beganMs = performance.now();
  let isOver = false;
  const turn = (): void => {
    const nowMs = performance.now();
    longestMs = Math.max(longestMs, nowMs - beganMs);
    beganMs = nowMs;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  isOver = true;
  await systemClock.yieldNow();
  return longestMs;
}

async function figures(target: string): Promise<Figures> {
  const series = await mostSeries(target);
  const times: number[] = [];
  for (let i = 0; i < REPEATS; i++) times.push(await longestTurn(() => isShort(target, series)));
  return { series, heldMs: rounded(median(times)), worstMs: rounded(Math.max(...times)) };
}

const rows: Record<string, Figures> = {};
for (const target of TARGETS) rows[target] = await figures(target);
const heldMs = Math.max(...Object.values(rows).map((row) => row.heldMs));
console.log(JSON.stringify({ bench: 'functions', points: POINTS, heldMs, functions: rows }));
await pool.close();
