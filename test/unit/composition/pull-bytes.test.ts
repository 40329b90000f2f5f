import { expect } from 'chai';
import { pullBytes } from '../../../src/composition/pull-bytes.js';

const MIB = 2 ** 20;
const BATCH = 896 * 1024;
/** nats-server cuts a connection off that has more than its `max_pending` before it. */
const MAX_PENDING = 64 * MIB;

describe('pullBytes', () => {
  it('keeps all readers of a connection below half of what nats-server holds for it', () => {
    for (let readers = 1; readers <= 38; readers++)
      expect(readers * pullBytes(readers, BATCH), String(readers)).to.be.below(MAX_PENDING / 2);
  });

  it('gives one reader no more than it can use', () => {
    expect(pullBytes(1, BATCH)).to.equal(2 * MIB);
  });

  it('lets half of it hold a third of a batch, however many readers there are and large batches may be', () => {
    for (const readers of [1, 16, 1024])
      for (const batch of [8192, BATCH, 960 * 1024])
        expect(pullBytes(readers, batch) / 2, `${readers} of ${batch}`).to.be.above(batch / 3);
  });

  it('is a whole number of bytes', () => {
    for (const readers of [3, 7, 11, 17]) expect(pullBytes(readers, 8192) % 1).to.equal(0);
  });
});
