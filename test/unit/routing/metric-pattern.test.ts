import { expect } from 'chai';
import { GlobRefusal } from '../../../src/routing/glob.js';
import { metricPattern } from '../../../src/routing/metric-pattern.js';

function matches(pattern: string, name: string): boolean {
  const predicate = metricPattern(pattern);
  if (predicate instanceof GlobRefusal) throw new Error(predicate.reason);
  return predicate(name);
}

describe('metricPattern', () => {
  const rows: [pattern: string, name: string, isMatch: boolean][] = [
    ['', 'a.b.c', true],
    ['a.b.c', 'a.b.c', true],
    ['a.b.c', 'a.b.cd', false],
    ['a.b.c', 'a.b', false],
    ['a.*.c', 'a.b.c', true],
    ['a.{b,x}.c', 'a.x.c', true],
    ['a.b', 'a.b.c', true],
    ['a.b.', 'a.b.c', true],
    ['a.b', 'x.a.b', false],
    ['*', 'a.b.c', true],
    ['**.c', 'a.b.c', true],
    ['a.**.d', 'a.b.c.d.e', true],
    ['a.**.x', 'a.b.c.d.e', false],
    ['a.b', 'a..b', true],
    ['cpu.*', 'cpu.load;host=a', true],
    ['disk', 'cpu.load;disk=a', false],
    ['cpu.load;host=a', 'cpu.load;host=a', true],
    ['cpu.load;host=a', 'cpu.load;host=b', false],
  ];
  for (const [pattern, name, isMatch] of rows) {
    it(`'${pattern}' ${isMatch ? 'takes' : 'leaves'} ${name}`, () => {
      expect(matches(pattern, name)).to.equal(isMatch);
    });
  }

  it('refuses a pattern with too many parts', () => {
    expect(metricPattern('a.'.repeat(1000))).to.be.instanceOf(GlobRefusal);
  });
});
