import { expect } from 'chai';
import { RouteUsingRules } from '../../../../src/routing/rules/route-using-rules.js';

describe('RouteUsingRules', () => {
  it('takes the first rule that matches, and a name as it is where none does', () => {
    const rules = RouteUsingRules.parse('# sums\n^(\\w+)\\.cpu\\..* = \\1.cpu\n ^a = other\n');
    expect(['a.cpu.1', 'a.mem', 'b.mem'].map((name) => rules.hashedAs(name))).to.deep.equal([
      'a.cpu',
      'other.mem',
      'b.mem',
    ]);
    expect(RouteUsingRules.parse(undefined).isEmpty).to.equal(true);
  });

  it('changes the case and the dots of what a group matched, as carbon-c-relay does', () => {
    const hashed = (using: string) =>
      RouteUsingRules.parse(`^(.+)\\.b$ = ${using}`).hashedAs('a.Cpu.cPü.b');
    const cases = [
      ['\\1', 'a.Cpu.cPü'],
      ['x.\\_1.y', 'x.a.cpu.cpü.y'],
      ['\\^1', 'A.CPU.CPü'],
      ['\\.1', 'a_Cpu_cPü'],
      ['\\_.1', 'a_cpu_cpü'],
      ['\\q1', 'q1'],
      ['\\.^1', '^1'],
    ];
    for (const [using, wanted] of cases) expect(hashed(using), using).to.equal(wanted);
  });

  it('puts the replacement in the place of the first match alone', () => {
    const rules = RouteUsingRules.parse('(cpu) = <\\1>');
    expect(rules.hashedAs('a.cpu.cpu.b')).to.equal('a.<cpu>.cpu.b');
  });

  it('tells every line that cannot be, and what may be slow', () => {
    const text = 'a\n = b\nc =\n( = d\n^e = \\1\n^fine = x\n';
    expect(() => RouteUsingRules.parse(text)).to.throw(
      /^line 1: .*\nline 2: .*\nline 3: .*\nline 4: .*\nline 5: [^\n]*$/,
    );
    expect(RouteUsingRules.parse('(a+)+b = x\n').warnings).to.have.length(1);
  });
});
