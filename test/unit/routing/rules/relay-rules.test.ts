import { expect } from 'chai';
import { RelayRules } from '../../../../src/routing/rules/relay-rules.js';

describe('RelayRules', () => {
  it('leaves out a section whose header has something behind it, as carbon does, and says so', () => {
    const { rules, warnings } = RelayRules.parse(
      '[a] # mine\npattern = (\n[b]\ndefault = true\ndestinations = 127.0.0.1:2004\n',
    );
    expect(rules.map(({ name }) => name)).to.deep.equal(['b']);
    expect(warnings).to.deep.equal([
      "line 1: [a] is skipped: '# mine' stands behind its header: put it on a line of its own",
    ]);
  });
});
