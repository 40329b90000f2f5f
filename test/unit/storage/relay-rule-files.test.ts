import { expect } from 'chai';
import { parseDestination } from '../../../src/config/destination.js';
import { destinationRules, relayRules } from '../../../src/storage/relay-rule-files.js';

/** Rule files that can be edited. */
function edited(texts: Record<string, string>, useLists = true) {
  const read = (path: string): string | undefined => texts[path.replace('config/', '')];
  return { texts, read, rules: relayRules('config', read, useLists) };
}

describe('the rule files of a relay', () => {
  it('may all be missing', () => {
    const { rules } = edited({});
    expect(rules.current.whitelist.isEmpty && rules.current.rewrite.isEmpty).to.equal(true);
    expect(rules.warnings).to.deep.equal([]);
  });

  it('are taken when they are edited, with what changed in each', () => {
    const { texts, rules } = edited({
      'blacklist.conf': '^a\n^b\n',
      'rewrite-rules.conf': '[pre]\nx = y\n',
      'quotas.conf': '[q]\npattern = ^q\npointsPerSecond = 5\n',
    });
    texts['blacklist.conf'] = '^b\n^c\n';
    texts['rewrite-rules.conf'] = '[pre]\nx = z\n[post]\nx = y\n(= z\n';
    texts['quotas.conf'] = '[q]\npattern = ^q\npointsPerSecond = 6\n';
    const nothing = { added: [], removed: [], changed: [], isReordered: false };
    expect(rules.check()).to.deep.equal({
      type: 'changed',
      changes: {
        blacklist: { ...nothing, added: ['^c'], removed: ['^a'] },
        rewrite: { ...nothing, added: ['[post] x'], changed: ['[pre] x'] },
        quotas: { ...nothing, changed: ['q'] },
      },
      warnings: [...rules.warnings],
    });
    expect(rules.warnings.join()).to.match(/^config\/rewrite-rules\.conf:5: skipped: /);
  });

  it('stay as they are, all of them, while one cannot be', () => {
    const { texts, rules } = edited({ 'blacklist.conf': '^a\n' });
    texts['blacklist.conf'] = '^b\n';
    texts['quotas.conf'] = '[q]\npointsPerSecond = 5\n';
    const check = rules.check();
    expect(check.type === 'broken' && check.reason).to.match(/^config\/quotas\.conf:1: /);
    expect(rules.current.blacklist.patterns).to.deep.equal(['^a']);
    delete texts['quotas.conf'];
    expect(rules.check().type).to.equal('changed');
    expect(rules.current.blacklist.patterns).to.deep.equal(['^b']);
  });

  it('have no lists where USE_WHITELIST is off', () => {
    const { rules } = edited({ 'blacklist.conf': '^a\n', 'whitelist.conf': '^b\n' }, false);
    expect(rules.current.blacklist.isEmpty && rules.current.whitelist.isEmpty).to.equal(true);
  });
});

describe('relay-rules.conf', () => {
  it('has to be there, and is warned of for destinations that are not configured', () => {
    const { texts, read } = edited({});
    const configured = [parseDestination('h1:2004')];
    expect(() => destinationRules('config', read, configured)).to.throw(
      'config/relay-rules.conf: no such file; carbonbus needs it for RELAY_METHOD = rules',
    );
    texts['relay-rules.conf'] = '[all]\ndefault = true\ndestinations = h1:2004, h2:2004:a\n';
    const rules = destinationRules('config', read, configured);
    expect(rules.warnings).to.deep.equal([
      'config/relay-rules.conf: [all]: h2:2004:a is none of DESTINATIONS: nothing goes there',
    ]);
    expect(rules.current.match('x').map(({ name }) => name)).to.deep.equal(['all']);
  });
});
