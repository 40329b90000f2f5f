import { expect } from 'chai';
import { packed, unpackSeries } from '../../../src/query/packed-series.js';
import type { Series } from '../../../src/query/series.js';

function series(name: string, values: Float64Array, startS = 60, stepS = 10): Series {
  return { name, startS, endS: startS + values.length * stepS, stepS, values };
}

/** Turns that are over whenever somebody asks. */
class ShortTurns {
  taken = 0;

  isOver(): boolean {
    return true;
  }

  async next(): Promise<void> {
    this.taken++;
  }
}

describe('packed', () => {
  it('gives back what was packed, in its lists', async () => {
    const column = Float64Array.of(1, Number.NaN, 3, 4, 5);
    const shared = series('b.ü', column.subarray(2, 5), 1_700_000_000, 0.5);
    const lists = [
      [series('a', column.subarray(0, 2)), shared],
      [],
      [series('', new Float64Array(0)), shared],
    ];
    const all = await packed(lists, new ShortTurns());
    expect(all.buffers[0]).to.equal(column.buffer);
    expect(all.buffers).to.have.length(2);
    expect(unpackSeries(structuredClone(all))).to.deep.equal(lists);
  });

  it('lets others have turns where there are many', async () => {
    const column = Float64Array.from({ length: 1_200 }, (_, i) => i);
    const lists = [
      Array.from(column, (_, i) => series(`host${i}`, column.subarray(i, i + 1))),
      [series('last', column)],
    ];
    const turns = new ShortTurns();
    const all = await packed(lists, turns);
    expect(turns.taken).to.equal(18);
    expect(unpackSeries(all)).to.deep.equal(lists);
  });
});
