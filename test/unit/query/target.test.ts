import { expect } from 'chai';
import { BadRequest } from '../../../src/query/bad-request.js';
import { type Argument, parseTarget } from '../../../src/query/target.js';

/** The target written out in one way: `f(path,2,k="x")`. */
function written(argument: Argument): string {
  switch (argument.type) {
    case 'path':
      return argument.path;
    case 'number':
      return String(argument.value);
    case 'string':
      return JSON.stringify(argument.value);
    case 'boolean':
      return argument.value ? 'True' : 'False';
    case 'infinity':
      return 'Inf';
    case 'none':
      return 'None';
    case 'template': {
      const variables = [...argument.variables].map(([name, value]) => `${name}=${value.value}`);
      return `[${[written(argument.body), ...variables].join(',')}]`;
    }
    case 'call': {
      const named = [...argument.namedArgs].map(([name, arg]) => `${name}=${written(arg)}`);
      return `${argument.name}(${[...argument.args.map(written), ...named].join(',')})`;
    }
  }
}

function parsed(text: string): string {
  const target = parseTarget(text);
  if (target instanceof BadRequest) return target.message;
  return target === null ? '' : written(target);
}

describe('parseTarget', () => {
  it('reads paths with globs, braces and tags', () => {
    for (const path of [
      'servers.web01.cpu.user',
      'servers.web0[1-3].{user,sys}*.cpu?',
      'a{b,c}d{e}.x',
      'cpu.load;dc=ams;env=prod',
      '**.x-y_z:1%$#@!',
      'größe.😀',
      '-.5',
      '12345',
      'true',
    ])
      expect(parsed(path), path).to.equal(path);
  });

  it('reads calls with all kinds of arguments', () => {
    expect(parsed('f(a.b, 2,-1.5e-2 ,"s","it\'s",True,NONE,inf, g(x),5min,k=3, j=h(y))')).to.equal(
      'f(a.b,2,-0.015,"s","it\'s",True,None,Inf,g(x),5min,k=3,j=h(y))',
    );
    expect(parsed(' f ( ) ')).to.equal('f()');
  });

  it('keeps the escapes of strings and takes those of paths', () => {
    expect(parsed(String.raw`f('a\'b')`)).to.equal(String.raw`f("a\\'b")`);
    expect(parsed(String.raw`a\,b.c\(d`)).to.equal('a,b.c(d');
  });

  it('makes what is piped the first argument', () => {
    expect(parsed('a.b|f()|g(2)')).to.equal('g(f(a.b),2)');
    expect(parsed('h(a|f(1),b | g("|"))')).to.equal('h(f(a,1),g(b,"|"))');
  });

  it('ignores what it does not understand', () => {
    expect(parsed('a.b,c.d')).to.equal('a.b');
    expect(parsed('a.b.')).to.equal('a.b');
    expect(parsed('a..b')).to.equal('a');
    expect(parsed('a.{b,c')).to.equal('a');
    expect(parsed('a.{b,{c,d}}')).to.equal('a');
    expect(parsed('f(a.b')).to.equal('f');
    expect(parsed('f(a b)')).to.equal('f');
    expect(parsed('f(k=1)')).to.equal('f');
    expect(parsed('f(a,k=1,b)')).to.equal('f');
    expect(parsed('a|b')).to.equal('a');
    expect(parsed('f(true.x)')).to.equal('f');
  });

  it('reads templates, which have constants by name or by place', () => {
    expect(parsed('template(a.$h,h="x",n=2)')).to.equal('[a.$h,h=x,n=2]');
    expect(parsed('f(template(g($1.b,$2),"x",2),3)')).to.equal('f([g($1.b,$2),1=x,2=2],3)');
    expect(parsed('template(a)|f()')).to.equal('f([a])');
    for (const text of ['template("x")', 'template(a,h=b)', 'template(a,"x",h="y")'])
      expect(parsed(text)).to.match(/^template\(/);
  });

  it('asks for nothing when blank', () => {
    expect(parseTarget(' \t')).to.equal(null);
  });

  it('refuses what starts with no name, and deep nesting, with a clear message', () => {
    expect(parsed('.a')).to.equal('target: ".a" starts neither with a name nor with a function');
    expect(parsed("'a'")).to.match(/^target: /);
    expect(parsed(`${'f('.repeat(5000)}a${')'.repeat(5000)}`)).to.match(/nested too deeply$/);
    expect(parsed('a'.repeat(200_001))).to.match(/longer than 200000 characters$/);
    expect(parsed(`${'f('.repeat(50)}a${')'.repeat(50)}`)).to.match(/^f\(f\(/);
  });

  it('takes no time for what never ends', () => {
    expect(parsed(`f(${'{a,'.repeat(20_000)}`)).to.equal('f');
    expect(parsed(`f(x,${'k=f(x,'.repeat(90)}`)).to.equal('f');
    expect(parsed('\\'.repeat(50_000))).to.equal('\\'.repeat(25_000));
  });
});
