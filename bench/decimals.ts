/**
 * Values as text: nanoseconds for each point of JSON (`renderJson`) and each line for a legacy destination (`TextKernel`), of
 * columns of several kinds, and beside them `JSON.stringify` of the same values alone, in the same run; `ratios` say how many
 * times longer that takes than a point of JSON. Prints one line of JSON. It takes some ten seconds.
 *
 * BENCH_VALUES (20000) of each kind; the best of BENCH_REPEATS (100) counts, since other work only adds to it.
 */
import { TextKernel } from '../src/protocols/kernel/lines/text-kernel.js';
import { MESSAGE_BYTES } from '../src/protocols/writers/open-messages.js';
import { renderJson } from '../src/query/json.js';
import { timeSeries } from '../src/query/time-series.js';
import { anyDoubles } from '../test/support/doubles.js';
import { blockOf, type NamedPoint } from '../test/support/fake-points.js';
import { Random } from '../test/support/random.js';
import { metricName } from './support/bench-metrics.js';
import { count, rounded } from './support/figures.js';

const VALUES = count('BENCH_VALUES', 20_000, 1_000);
const REPEATS = count('BENCH_REPEATS', 100);
const START_S = 1_700_000_000;
const STEP_S = 10;

const random = new Random(1);
const column = (make: () => number): Float64Array => Float64Array.from({ length: VALUES }, make);
const average = (): number => random.int(0, 1_000_000) / 60;
const hundredths = (): number => random.int(0, 1_000_000) / 100;
const whole = (): number => random.int(0, 1_000_000);
const kinds: Record<string, Float64Array> = {
  anyDouble: anyDoubles(random, VALUES),
  averages: column(average),
  twoDecimals: column(hundredths),
  integers: column(whole),
  mixed: column(() => random.pick([average, hundredths, whole, () => Number.NaN])()),
  nulls: column(() => Number.NaN),
};

function nanoseconds(run: () => void): number {
  let bestMs = Number.POSITIVE_INFINITY;
  for (let i = 0; i < REPEATS; i++) {
    const beganMs = performance.now();
    run();
    bestMs = Math.min(bestMs, performance.now() - beganMs);
  }
  return (bestMs * 1e6) / VALUES;
}

function lines(values: Float64Array): () => void {
  const kernel = new TextKernel(1);
  const room = new Uint8Array(MESSAGE_BYTES);
  const taker = { flush: () => void kernel.messages[0].seal(room), unsendable: () => {} };
  const points = Array.from(values, (value, i): NamedPoint => [metricName(i), START_S, value]);
  const block = blockOf(points);
  const into = new Uint16Array(VALUES);
  return () => kernel.append(block, into, 1, [taker]);
}

function figures(values: Float64Array) {
  const endS = START_S + VALUES * STEP_S;
  const series = [timeSeries({ name: 'a', startS: START_S, endS, stepS: STEP_S, values })];
  const list = Array.from(values);
  return {
    jsonPoint: nanoseconds(() => renderJson(series)),
    line: nanoseconds(lines(values)),
    stringifyValue: nanoseconds(() => JSON.stringify(list)),
  };
}

const nanosecondsOf: Record<string, Record<string, number>> = {};
const ratios: Record<string, number> = {};
for (const [kind, values] of Object.entries(kinds)) {
  const { jsonPoint, line, stringifyValue } = figures(values);
  nanosecondsOf[kind] = {
    jsonPoint: rounded(jsonPoint),
    line: rounded(line),
    stringifyValue: rounded(stringifyValue),
  };
  ratios[kind] = rounded(stringifyValue / jsonPoint);
}
console.log(
  JSON.stringify({ bench: 'decimals', values: VALUES, nanoseconds: nanosecondsOf, ratios }),
);
