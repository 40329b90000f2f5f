import { expect } from 'chai';
import { RewriteRules } from '../../../../src/routing/rules/rewrite-rules.js';

describe('RewriteRules', () => {
  it('says which lines it skips, and why', () => {
    const text = '^a = b\n[pre]\n( = x\nno rule\n^a = \\2\n  # ^b = c\n^c = \\g<n>\n[mid]\nx = y\n';
    const { warnings, pre } = RewriteRules.parse(text);
    expect(pre).to.deep.equal([]);
    expect(warnings.map((warning) => /^line \d+(: skipped)?/.exec(warning)?.[0])).to.deep.equal([
      'line 1',
      'line 3: skipped',
      'line 4: skipped',
      'line 5: skipped',
      'line 7: skipped',
      'line 8',
    ]);
  });

  it('starts anew where a section is opened again, and with all of them at []', () => {
    const patterns = (text: string) => {
      const { pre, post } = RewriteRules.parse(text);
      return [pre, post].map((rules) => rules.map(({ pattern }) => pattern));
    };
    const text = '[pre]\na = b\n[post]\nc = d\n[PRE]\ne = f\n';
    expect(patterns(text)).to.deep.equal([['e'], ['c']]);
    expect(patterns(`${text}[]\ng = h\n[post]\ni = j\n`)).to.deep.equal([[], ['i']]);
  });

  it('replaces as Python does', () => {
    const rules = RewriteRules.parse(
      '[pre]\n(?P<host>h\\d+)(x)? = \\g<host>-\\g<1>\\2\\056\\.$1\n',
    );
    expect(rules.apply('pre', 'a.h12.b')).to.equal('a.h12-h12.\\.$1.b');
  });
});
