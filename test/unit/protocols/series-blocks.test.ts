import { expect } from 'chai';
import { decode, encode } from '../../../src/protocols/codec.js';
import { ColumnRooms } from '../../../src/protocols/column-rooms.js';
import type { SeriesBlock } from '../../../src/protocols/messages.js';
import { SeriesBlocks } from '../../../src/protocols/series-blocks.js';
import type { Series } from '../../../src/query/series.js';
import { seriesIn } from '../../support/found.js';

const _ = Number.NaN;

function sent(...series: number[][]): SeriesBlock[] {
  const blocks = new SeriesBlocks(new ColumnRooms());
  for (const [i, values] of series.entries())
    blocks.add(i, 60, 60 + values.length * 10, 10).set(values);
  return decode(encode(blocks.blocks())) as SeriesBlock[];
}

/** Each with its place as its name. */
function received(blocks: readonly SeriesBlock[]): Series[] {
  return seriesIn(['0', '1', '2'], blocks);
}

describe('SeriesBlocks', () => {
  it('sends series of one window in one column', () => {
    const blocks = sent([1, _, 3], [4.25, 5, -0], [7, 8]);
    expect(blocks).to.have.length(2);
    const all = received(blocks);
    expect(all.map(({ values }) => [...values])).to.deep.equal([
      [1, _, 3],
      [4.25, 5, -0],
      [7, 8],
    ]);
    expect(all.map(({ name, startS, endS }) => [name, startS, endS])).to.deep.equal([
      ['0', 60, 90],
      ['1', 60, 90],
      ['2', 60, 80],
    ]);
  });

  it('sends half the bytes where they are enough, and every bit where they are not', () => {
    const infinite = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const [floats] = sent([16_777_216, 0.5, _, ...infinite]);
    expect(floats.values).to.have.length(5 * 4);
    expect([...received([floats])[0].values]).to.deep.equal([16_777_216, 0.5, _, ...infinite]);
    for (const value of [0.1, 16_777_217, 1e300, 5e-324, Math.PI]) {
      const [doubles] = sent([1, 2, value]);
      expect(doubles.values).to.have.length(3 * 8);
      expect([...received([doubles])[0].values]).to.deep.equal([1, 2, value]);
    }
  });
});
