import { expect } from 'chai';
import { type PackedSeries, packing, unpackSeries } from '../../../src/query/packed-series.js';
import type { Series } from '../../../src/query/series.js';

function series(name: string, values: Float64Array, startS = 60, stepS = 10): Series {
  return { name, startS, endS: startS + values.length * stepS, stepS, values };
}

function packedAll(lists: readonly (readonly Series[])[]): PackedSeries {
  const work = packing(lists);
  for (let step = work.next(); ; step = work.next()) if (step.done) return step.value;
}

describe('packing', () => {
  it('gives back what was packed, in its lists', () => {
    const column = Float64Array.of(1, Number.NaN, 3, 4, 5);
    const shared = series('b.ü', column.subarray(2, 5), 1_700_000_000, 0.5);
    const lists = [
      [series('a', column.subarray(0, 2)), shared],
      [],
      [series('', new Float64Array(0)), shared],
    ];
    const packed = packedAll(lists);
    expect(packed.buffers[0]).to.equal(column.buffer);
    expect(packed.buffers).to.have.length(2);
    expect(unpackSeries(structuredClone(packed))).to.deep.equal(lists);
  });

  it('has pauses where there are many', () => {
    const column = Float64Array.from({ length: 1_200 }, (_, i) => i);
    const lists = [
      Array.from(column, (_, i) => series(`host${i}`, column.subarray(i, i + 1))),
      [series('last', column)],
    ];
    let pauses = 0;
    for (const _ of packing(lists)) pauses++;
    expect(pauses).to.equal(2);
    expect(unpackSeries(packedAll(lists))).to.deep.equal(lists);
  });
});
