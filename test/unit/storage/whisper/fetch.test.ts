import { expect } from 'chai';
import { errorCode } from '../../../../src/errors.js';
import { fetchWindow } from '../../../../src/storage/whisper/fetch.js';
import { newHeader } from '../../../../src/storage/whisper/format.js';
import { Layout } from '../../../../src/storage/whisper/layout.js';
import { RULE } from '../../../support/test-store.js';

const NOW = 1_500_000_000;
const layout = new Layout(newHeader(RULE.archives, 0.5, 'average'));

describe('fetchWindow', () => {
  it('takes the finest archive that reaches back, or the one asked for', () => {
    expect(fetchWindow(layout, NOW - 600, NOW, NOW)?.stepS).to.equal(10);
    expect(fetchWindow(layout, NOW - 601, NOW, NOW)?.stepS).to.equal(60);
    expect(fetchWindow(layout, NOW - 86400, NOW, NOW)?.stepS).to.equal(300);
    expect(fetchWindow(layout, NOW - 60, NOW, NOW, 300)?.stepS).to.equal(300);
  });

  it('clamps to what the file can have', () => {
    const window = fetchWindow(layout, 0, NOW + 1e6, NOW);
    expect(window).to.deep.equal({
      archive: 2,
      startS: NOW - 86400 + 300,
      endS: NOW + 300,
      stepS: 300,
    });
    expect(fetchWindow(layout, NOW + 1, NOW + 2, NOW)).to.equal(null);
    expect(fetchWindow(layout, 0, NOW - 86401, NOW)).to.equal(null);
  });

  it('refuses what makes no sense', () => {
    for (const [from, until, step, code] of [
      [NOW, NOW - 1, undefined, 'INVALID_INTERVAL'],
      [NOW - 1, NOW, 7, 'NO_SUCH_ARCHIVE'],
    ] as const) {
      try {
        fetchWindow(layout, from, until, NOW, step);
        expect.fail('no error');
      } catch (error) {
        expect(errorCode(error)).to.equal(code);
      }
    }
  });
});
