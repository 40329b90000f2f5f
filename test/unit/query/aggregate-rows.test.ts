import { expect } from 'chai';
import { aggregateRows } from '../../../src/query/aggregate-rows.js';
import {
  AGGREGATION_NAMES,
  aggregateKnown,
  builtInAggregation,
} from '../../../src/query/aggregation.js';
import { normalise } from '../../../src/query/normalise.js';
import { timeSeries } from '../../../src/query/time-series.js';

/** Values that are exact in any order, some missing, and series that end early. */
function someSeries(count: number) {
  return Array.from({ length: count }, (_, j) => {
    const values = Float64Array.from({ length: j % 3 === 0 ? 20 : 15 }, (_, i) =>
      (i * 7 + j * 5) % 4 === 0 || i === 3 ? Number.NaN : ((i * 31 + j * 17) % 23) - 9,
    );
    return timeSeries({
      name: `s${j}`,
      startS: 60,
      endS: 60 + values.length * 60,
      stepS: 60,
      values,
    });
  });
}

describe('aggregateRows', () => {
  it('gives what each aggregation makes of each row, by every xFilesFactor', () => {
    const rows = normalise(someSeries(7));
    for (const name of [...AGGREGATION_NAMES, 'first', 'var']) {
      const aggregate = builtInAggregation(name);
      for (const xFilesFactor of [0, 0.5, 1]) {
        const wanted = Array.from({ length: rows.length }, (_, i) => {
          const row = Float64Array.from(rows.series, ({ values }) => values[i] ?? Number.NaN);
          return aggregateKnown(aggregate, row, 0, row.length, xFilesFactor);
        });
        const result = aggregateRows(rows, aggregate, xFilesFactor);
        expect([...result], `${name} ${xFilesFactor}`).to.deep.equal(wanted);
      }
    }
  });

  it('takes more series than a call takes arguments', () => {
    const one = someSeries(1)[0];
    const rows = normalise(new Array(150_000).fill(one));
    expect(aggregateRows(rows, builtInAggregation('count'), 0)[1]).to.equal(150_000);
  });
});
