import { expect } from 'chai';
import fc from 'fast-check';
import { MetricPaths, metricOfPath, metricPath } from '../../../src/storage/metric-path.js';

describe('metricPath', () => {
  it('never leads out of the root', () => {
    const piece = fc.constantFrom(
      '..',
      '.',
      '/',
      'a',
      ';',
      '=',
      '../..',
      '//',
      '\\',
      '~',
      '_tagged',
    );
    fc.assert(
      fc.property(fc.array(piece), fc.boolean(), (pieces, hashTagged) => {
        const segments = metricPath(pieces.join(''), hashTagged).split('/');
        expect(segments).not.to.include.members(['..']);
        expect(segments.filter((segment) => segment === '.' || segment === '')).to.deep.equal([]);
        expect(segments.at(-1)).to.match(/\.wsp$/);
      }),
    );
  });
});

describe('MetricPaths', () => {
  it('are those of metricPath, whatever name came before', () => {
    const name = fc
      .array(fc.constantFrom('a', 'b', '.', '..', '/', ';t=v', '_tagged'), { maxLength: 5 })
      .map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(fc.array(name), fc.boolean(), (names, hashTagged) => {
        const paths = new MetricPaths('/root', hashTagged);
        for (const one of names) {
          expect(paths.of(one)).to.equal(`/root/${metricPath(one, hashTagged)}`);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('metricOfPath', () => {
  it('is the way back, where there is one', () => {
    for (const name of ['a', 'a.b.c', 'disk.used;host=a;mount=root', 'a.b;version=1.5']) {
      expect(metricOfPath(metricPath(name, false))).to.equal(name);
    }
    expect(metricOfPath(metricPath('a;b=c', true))).to.equal(undefined);
    expect(metricOfPath('a/b.txt')).to.equal(undefined);
  });
});
