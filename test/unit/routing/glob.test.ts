import { expect } from 'chai';
import { expandBraces } from '../../../src/routing/braces.js';
import { compilePattern, GlobRefusal, parseGlob } from '../../../src/routing/glob.js';

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

  it('expands nested braces, empty items and braces without a partner', () => {
    const sorted = (text: string) => expandBraces(text)?.sort();
    expect(sorted('a{b,{c,d}e,}f')).to.deep.equal(['abf', 'acef', 'adef', 'af']);
    expect(sorted('{a{b,c},d')).to.deep.equal(['{ab,d', '{ac,d']);
    expect(sorted('a},{b,c}{')).to.deep.equal(['a},b{', 'a},c{']);
    expect(sorted('{}x{,}')).to.deep.equal(['x']);
    expect(sorted('{a,a}'.repeat(200))).to.deep.equal(['a'.repeat(200)]);
  });

  it('takes little time for thousands of braces, which it refuses where they make too much', () => {
    const before = process.cpuUsage();
    const depth = 20_000;
    expect(expandBraces('{'.repeat(depth) + '}'.repeat(depth))).to.deep.equal(['']);
    expect(expandBraces(`${'{x,'.repeat(depth)}a${'}'.repeat(depth)}`)).to.have.members(['x', 'a']);
    expect(expandBraces('{,}'.repeat(depth))).to.deep.equal(['']);
    expect(expandBraces(`{${'{a,b}'.repeat(13)},`.repeat(500))).to.equal(null);
    expect(expandBraces(`${'x'.repeat(50_000)}${'{a,b}'.repeat(10)}`)).to.equal(null);
    expect(expandBraces('{a,b}'.repeat(60))).to.equal(null);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000, 'ms').to.be.lessThan(1_000);
  });

  it('takes ** out of braces for any number of folders, whatever else the braces may be', () => {
    const kinds = (query: string) => {
      const glob = parseGlob(query);
      if (glob instanceof GlobRefusal) throw new Error(glob.reason);
      return glob.parts.map((part) => part.kind);
    };
    expect(kinds('a.{*,x}*.b')).to.deep.equal(['names', 'tree', 'names']);
    expect(kinds('{**,b}')).to.deep.equal(['tree', 'pattern']);
    expect(kinds('**.{*}*.b')).to.deep.equal(['tree', 'names']);
    expect(kinds('{*,x}*y')).to.deep.equal(['pattern']);
  });

  it('shows a part as it was asked for where the first of one wildcard has a backslash', () => {
    const shown = (query: string) => {
      const glob = parseGlob(query);
      if (glob instanceof GlobRefusal) throw new Error(glob.reason);
      return glob.parts.map((part) => (part.kind === 'tree' ? null : part.shownAs));
    };
    expect(shown('a\\*.b')).to.deep.equal(['a*', null]);
    expect(shown('a*\\*.[b]\\?')).to.deep.equal([null, '[b]?']);
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
