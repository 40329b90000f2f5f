import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { CONFORMANCE_DIR, chosenSets, hasVectors } from '../support/conformance.js';
import { type RenderApp, renderApp } from '../support/render-app.js';
import type { QueuedPoint } from '../support/render-dataset.js';

/*
 * A request that reads many points is evaluated in a thread of the pool, others in the main thread: the rows of the vectors,
 * asked of an api that has all evaluated in the pool, have to be answered as by one that has none.
 */

interface Row {
  readonly id: string;
  readonly params: [name: string, value: string][];
  readonly path?: string;
  readonly cache?: Record<string, QueuedPoint[]>;
}

const FILES = [
  'render/render.jsonl',
  'render/render-head-only.jsonl',
  'render/render-carbonapi.jsonl',
  'render/render-strict.jsonl',
  'render/formats.jsonl',
  'render/carbonlink.jsonl',
];

async function answerOf({ http, dataset }: RenderApp, row: Row) {
  dataset.queued = row.cache ?? {};
  const url = `${row.path ?? '/render'}?${new URLSearchParams(row.params)}`;
  const { statusCode, headers, rawPayload } = await http.inject({ method: 'GET', url });
  const { 'content-length': length, 'content-type': type, ...others } = headers;
  const completeness = Object.entries(others).filter(([name]) => name.startsWith('x-carbonbus'));
  return { statusCode, length, type, completeness, body: rawPayload.toString('latin1') };
}

function compared(file: string): void {
  const isChosen = chosenSets === undefined || chosenSets.includes('render');
  if (!isChosen || !hasVectors(file)) {
    it(`has vectors (skipped: no ${file} in ${CONFORMANCE_DIR})`, function () {
      this.skip();
    });
    return;
  }
  const text = readFileSync(join(CONFORMANCE_DIR, file), 'utf8');
  const rows = text.split('\n').flatMap((line) => (line === '' ? [] : (JSON.parse(line) as Row)));

  it(`answers as without: ${file} (${rows.length} rows)`, async () => {
    const limits = { enforceInputValidation: file.includes('strict') };
    const here = await renderApp({ limits });
    const there = await renderApp({ limits, longPoints: 0 });
    try {
      for (const row of rows) {
        const [wanted, found] = [await answerOf(here, row), await answerOf(there, row)];
        expect(found, `${row.id} ${JSON.stringify(row.params)}`).to.deep.equal(wanted);
      }
      expect(here.pool.counters.longRenders).to.equal(0);
      console.log(`      ${there.pool.counters.longRenders} of ${rows.length} by way of the pool`);
      expect(there.pool.counters.longRenders).to.be.greaterThan(rows.length / 3);
    } finally {
      await here.close();
      await there.close();
    }
  });
}

describe('requests that are evaluated in the pool', function () {
  this.timeout(120_000);
  for (const file of FILES) compared(file);
});
