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

  it('sends each series in the bytes that it needs, and every bit of it', () => {
    const series = [
      [0.1, 0.2, _, 0.4],
      [1 / 64, -0, _, Number.NEGATIVE_INFINITY],
      [Math.PI, 5e-324, _, 1e300],
    ];
    const [block] = sent(...series);
    expect(block.values).to.have.length(8 + 4 + 4 * 4 + 4 * 8);
    expect(received([block]).map(({ values }) => [...values])).to.deep.equal(series);
  });

  it('sends series without any points', () => {
    expect(received(sent([], [])).map(({ values }) => values.length)).to.deep.equal([0, 0]);
  });
});
