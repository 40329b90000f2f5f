import { expect } from 'chai';
import { compilePattern, expandBraces, GlobRefusal, parseGlob } from '../../../src/routing/glob.js';

function matches(pattern: string, name: string): boolean {
  const compiled = compilePattern(pattern);
  if (compiled instanceof GlobRefusal) throw new Error(compiled.reason);
  return typeof compiled === 'function' ? compiled(name) : compiled.includes(name);
}

describe('a glob', () => {
  it('refuses more alternatives than the limit, without making them first', () => {
    const query = `a.${'{b,c}'.repeat(200)}`;
    const refusal = parseGlob(query);
    expect(refusal).to.be.instanceOf(GlobRefusal);
    expect((refusal as GlobRefusal).reason).to.match(/more than 16384 alternatives/);
  });

  it('takes thousands of alternatives, as dashboards send them', () => {
    const hosts = Array.from({ length: 5000 }, (_, i) => `host${i}`);
    expect(expandBraces(`{${hosts.join(',')}}`)).to.deep.equal(hosts);
  });

  it('refuses more parts than the limit', () => {
    expect(parseGlob(`${'a.'.repeat(300)}b`)).to.be.instanceOf(GlobRefusal);
  });

  it('does not backtrack: many stars take no time', () => {
    expect(matches(`${'*a'.repeat(30)}*b`, 'a'.repeat(250))).to.equal(false);
    expect(matches(`${'*a'.repeat(30)}*b`, `${'xa'.repeat(30)}b`)).to.equal(true);
  });

  it('counts a character beyond 16 bits as one', () => {
    expect(matches('a?c', 'a😀c')).to.equal(true);
    expect(matches('[😀-😅]', '😁')).to.equal(true);
  });

  it('matches whole names, line breaks included', () => {
    expect(matches('a*', 'a\nb')).to.equal(true);
    expect(matches('*b', 'ab\n')).to.equal(false);
  });
});
