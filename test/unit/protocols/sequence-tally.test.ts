import { expect } from 'chai';
import {
  begunBlocks,
  completeBlocks,
  SequenceTally,
  TALLY_BLOCK_MESSAGES,
} from '../../../src/protocols/sequence-tally.js';

const BLOCK = TALLY_BLOCK_MESSAGES;

function counted(from: number, to: number): SequenceTally {
  const tally = new SequenceTally();
  tally.restart(from);
  for (let sequence = from; sequence <= to; sequence++) tally.add(sequence, 2);
  return tally;
}

describe('SequenceTally', () => {
  it('counts points by blocks of sequences', () => {
    const { since, firstBlock, points } = counted(1, BLOCK + 3).message();
    expect([since, firstBlock, points]).to.deep.equal([1, 0, [2 * BLOCK, 6]]);
  });

  it('tells blocks that were counted to their ends from those that were not', () => {
    const message = counted(10, 3 * BLOCK + 5).message();
    expect([...completeBlocks(message, 3 * BLOCK + 5).keys()]).to.deep.equal([1, 2]);
    expect([...completeBlocks(message, 3 * BLOCK - 1).keys()]).to.deep.equal([1]);
    expect([...begunBlocks(message).keys()]).to.deep.equal([0, 1, 2, 3]);
  });

  it('has nothing in blocks that were passed over, and forgets the oldest ones', () => {
    const tally = counted(1, 5);
    tally.add(3 * BLOCK + 1, 7);
    expect(tally.message().points).to.deep.equal([10, 0, 0, 7]);
    tally.add(1_000 * BLOCK + 1, 9);
    const { firstBlock, points } = tally.message();
    expect(firstBlock + points.length - 1).to.equal(1_000);
    expect(points).to.have.length(128);
    expect(points.reduce((sum, one) => sum + one)).to.equal(9);
    tally.add(1, 5);
    expect(tally.message().points).to.deep.equal(points);
  });

  it('begins again with another log', () => {
    const tally = counted(1, 3 * BLOCK);
    tally.restart(1);
    tally.add(1, 3);
    expect(tally.message()).to.deep.equal({ since: 1, firstBlock: 0, points: [3] });
  });
});
