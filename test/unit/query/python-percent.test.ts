import { expect } from 'chai';
import { EvaluationRefusal } from '../../../src/query/evaluation-refusal.js';
import { formatPercent } from '../../../src/query/python-percent.js';

describe('formatPercent', () => {
  it("writes what Python's % writes", () => {
    const wanted: [template: string, value: number, text: string][] = [
      ['%d', -2.75, '-2'],
      ['%05d', 42.9, '00042'],
      ['%+.1f', 3.25, '+3.2'],
      ['%-8g|', 1234567, '1.23457e+06|'],
      ['%8.3f', -0.0625, '  -0.062'],
      ['%s', 5, '5.0'],
      ['%.3s', 12.75, '12.'],
      ['100%% of %e', 0.5, '100% of 5.000000e-01'],
      ['%G', 1e-10, '1E-10'],
      ['%.3d', 7, '007'],
      ['% d', 3, ' 3'],
      ['%08.2f', -3.25, '-0003.25'],
      ['%i', 1e20, '100000000000000000000'],
      ['%r', 1e22, '1e+22'],
      ['%f', Number.POSITIVE_INFINITY, 'inf'],
    ];
    for (const [template, value, text] of wanted)
      expect(formatPercent(template, value), template).to.equal(text);
  });

  it('refuses what has not exactly one place for the value', () => {
    for (const template of ['x', '%', '%d %d', '%y', '%x', '%(a)d', '%*d', '50%', '%999d'])
      expect(() => formatPercent(template, 1), template).to.throw(EvaluationRefusal);
    expect(() => formatPercent('%d', Number.POSITIVE_INFINITY)).to.throw(EvaluationRefusal);
  });
});
