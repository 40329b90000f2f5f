import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { BadRequest } from '../../src/query/bad-request.js';
import { CONFORMANCE_DIR, chosenSets, hasVectors, number } from '../support/conformance.js';
import { callsMissingFunction } from '../support/missing-functions.js';
import { renderFromDataset } from '../support/render-evaluation.js';
import { NOT_YET_MET } from './not-yet-met.js';

interface SeriesOfRow {
  target: unknown;
  tags?: Record<string, string>;
  datapoints: [value: unknown, timestamp: number][];
}

interface Answer {
  status: number;
  body?: SeriesOfRow[];
}

interface Row extends Answer {
  id: string;
  function: string;
  compare: string;
  params: [name: string, value: string][];
  /** What graphite-web's head answers, where that is something else. */
  head?: Answer;
  /** Only graphite-web's rows have one, and only its tags are met. */
  kind?: string;
}

/** Sums in another order than the original's, and fits: they agree less exactly. */
const ROUGH =
  /holtWinters|linearRegression|^stdev|stddev|exponential|ewma|integral|polyfit|pearson|fft|var/;

function pointOf(value: unknown): number | null {
  return value === null ? null : number(value);
}

async function check(row: Row, strict: boolean): Promise<void> {
  const answer = await renderFromDataset(row.params, strict);
  const { status, body = [] } = row.head ?? row;
  if (status >= 400) {
    expect(answer, 'a refusal').to.be.instanceOf(BadRequest);
    return;
  }
  if (answer instanceof BadRequest) throw new Error(answer.message);
  const series = JSON.parse(`${answer}`) as SeriesOfRow[];
  expect(series.map(({ target }) => target)).to.deep.equal(body.map(({ target }) => target));
  series.forEach((shown, i) => {
    checkPoints(row, shown, body[i]);
    if (row.kind !== undefined) expect(shown.tags, 'tags').to.deep.equal(body[i].tags);
  });
}

function checkPoints(row: Row, shown: SeriesOfRow, wanted: SeriesOfRow): void {
  const name = String(wanted.target);
  const times = ({ datapoints }: SeriesOfRow) => datapoints.map(([, timestamp]) => timestamp);
  expect(times(shown), `times of ${name}`).to.deep.equal(times(wanted));
  if (row.compare === 'shape') return;
  const tolerance = ROUGH.test(row.function) ? 1e-6 : 1e-9;
  shown.datapoints.forEach(([value, timestamp], i) => {
    const a = pointOf(value);
    const b = pointOf(wanted.datapoints[i][0]);
    const near =
      a === b ||
      (a !== null &&
        b !== null &&
        Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b)));
    expect(near, `${name} at ${timestamp}: ${a} instead of ${b}`).to.equal(true);
  });
}

/** Why the row fails, or undefined. Rows that are listed as not met have to fail. */
async function failure(row: Row, path: string, strict: boolean): Promise<string | undefined> {
  const isListed = NOT_YET_MET[path]?.[row.id] !== undefined;
  try {
    await check(row, strict);
    return isListed ? `${row.id} passes now: take it out of not-yet-met.ts` : undefined;
  } catch (error) {
    const target = row.params.find(([name]) => name.startsWith('target'))?.[1];
    return isListed ? undefined : `${row.id} ${target}: ${(error as Error).message.split('\n')[0]}`;
  }
}

/** One test for each function, which speaks of all of its rows. */
function rendered(path: string, strict = false): void {
  describe(`conformance ${path}`, () => {
    if (!hasVectors(path)) {
      it(`has vectors (skipped: no ${path} in ${CONFORMANCE_DIR})`, function () {
        this.skip();
      });
      return;
    }
    const byFunction = new Map<string, Row[]>();
    let left = 0;
    for (const line of readFileSync(join(CONFORMANCE_DIR, path), 'utf8').split('\n')) {
      if (line === '') continue;
      const row = JSON.parse(line) as Row;
      if (callsMissingFunction(row.params)) left++;
      else byFunction.set(row.function, [...(byFunction.get(row.function) ?? []), row]);
    }
    for (const [name, rows] of byFunction) {
      it(`${name} (${rows.length} rows)`, async () => {
        const failures = (await Promise.all(rows.map((row) => failure(row, path, strict)))).flatMap(
          (text) => text ?? [],
        );
        expect(failures, `${failures.length} of ${rows.length} rows`).to.deep.equal([]);
      });
    }
    if (left > 0) it(`not yet: ${left} rows of functions that there are not`);
  });
}

if (chosenSets === undefined || chosenSets.includes('render')) {
  rendered('render/render.jsonl');
  rendered('render/render-head-only.jsonl');
  rendered('render/render-carbonapi.jsonl');
  rendered('render/render-strict.jsonl', true);
}
