import { expect } from 'chai';
import { CarbonbusError } from '../../../../src/errors.js';
import { Quotas } from '../../../../src/routing/rules/quotas.js';

describe('Quotas', () => {
  it('finds the first section whose pattern is in the name', () => {
    const quotas = Quotas.parse(
      '[web]\npattern = ^apps\\.web\nPOINTSPERSECOND = 10\n[apps]\npattern = ^apps\nnewMetricsPerMinute = 5\n',
    );
    expect(['apps.web.x', 'apps.db', 'other'].map((name) => quotas.indexOf(name))).to.deep.equal([
      0, 1, -1,
    ]);
    expect(quotas.quotas[0]).to.include({
      pointsPerSecond: 10,
      newMetricsPerMinute: Number.POSITIVE_INFINITY,
    });
  });

  for (const [text, message] of [
    ['[a]\npointsPerSecond = 1\n', /^line 1: \[a\]: no pattern/],
    ['[a]\npattern = (\n', /^line 2: \[a\]: pattern '\('/],
    ['[a]\npattern = x\npointsPerSecond = 0\n', /^line 3: .*pointsPerSecond must be/],
    ['[a]\npattern = x\nmetrics = 5\n', /^line 3: .*metrics is not known/],
  ] as const) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => Quotas.parse(text)).to.throw(CarbonbusError, message);
    });
  }
});
