import { createHash } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { expandBraces } from '../../../src/routing/braces.js';
import { compilePattern, type Glob, GlobRefusal, parseGlob } from '../../../src/routing/glob.js';
import { MetricIndex, NO_METRIC } from '../../../src/storage/metric-index.js';

function glob(query: string): Glob {
  const parsed = parseGlob(query);
  if (parsed instanceof GlobRefusal) throw new Error(parsed.reason);
  return parsed;
}

function indexOf(...names: string[]): MetricIndex {
  const index = new MetricIndex();
  names.forEach((name, id) => {
    index.add(name, id);
  });
  return index;
}

/** `a.b` for a metric, `a.b.` for a folder. */
function found(index: MetricIndex, query: string, limit = 100): string[] {
  const { leaves, branches } = index.find(glob(query), limit);
  return [...leaves, ...branches.map((path) => `${path}.`)].sort();
}

describe('MetricIndex', () => {
  it('adds a metric once and keeps its first id', () => {
    const index = new MetricIndex();
    expect(index.add('a.b', 7)).to.equal(true);
    expect(index.add('a.b', 8)).to.equal(false);
    expect(index.idOf('a.b')).to.equal(7);
    expect(index.size).to.equal(1);
  });

  it('holds a metric and a folder of one path apart', () => {
    const index = indexOf('a.b', 'a.b.c');
    expect(found(index, 'a.b')).to.deep.equal(['a.b', 'a.b.']);
    expect(index.expand(glob('a.b'), 10)).to.deep.equal([0]);
    expect(index.has('a')).to.equal(false);
  });

  it('finds a file with dots in its name by patterns, and not by names out of braces', () => {
    const index = new MetricIndex();
    index.addFile('m/two.dots.wsp', 0);
    index.addFile('m/three.wsp.gz', 1);
    expect(found(index, 'm.{two,x*}')).to.deep.equal([]);
    expect(found(index, 'm.{two,tw*}')).to.deep.equal(['m.two']);
    expect(found(index, 'm.{two,three}')).to.deep.equal(['m.three']);
  });

  it('counts no folders towards the limit where only metrics are wanted', () => {
    const index = indexOf('a.b', 'a.b.c', 'a.d.e', 'a.f.g', 'a.h');
    const leaves = (query: string, limit: number) => {
      const search = index.searchLeaves(glob(query), limit);
      search.run(Number.POSITIVE_INFINITY);
      expect(search.found.branches).to.deep.equal([]);
      return search.found.leaves.sort();
    };
    expect(leaves('a.*', 2)).to.deep.equal(['a.b', 'a.h']);
    expect(leaves('**', 5)).to.deep.equal(['a.b', 'a.b.c', 'a.d.e', 'a.f.g', 'a.h']);
    expect(leaves('**', 3)).to.have.length(3);
    expect(leaves('a', 1)).to.deep.equal([]);
  });

  it('takes names that stand for one file as one metric', () => {
    const index = indexOf('a..b', '.a.b', 'a/b', '..//a.b');
    expect(index.size).to.equal(1);
    expect(index.idOf('a.b')).to.equal(0);
    expect(found(index, '**')).to.deep.equal(['a.', 'a.b']);
  });

  it('keeps a name with an empty last part, whose file has no name, out of the results', () => {
    const index = indexOf('a.', 'a.b');
    expect(index.idOf('a.')).to.equal(0);
    expect(found(index, 'a.*')).to.deep.equal(['a.b']);
  });

  it('takes an empty item of braces for the folder itself, wherever it stands', () => {
    const index = indexOf('a.b.c', 'a.c', 'a.a.b.c');
    expect(found(index, 'a.{b,}.c')).to.deep.equal(['a.b.c', 'a.c']);
    expect(found(index, '{,x}.a.c')).to.deep.equal(['a.c']);
    expect(found(index, 'a.{b*,}')).to.deep.equal(['a..', 'a.b.']);
    expect(found(index, '{}.a.c')).to.deep.equal(['a.c']);
    expect(found(index, '{a,}.{a,}.{a,}.b.c')).to.deep.equal(['a.a.b.c', 'a.b.c']);
    const query = `${'{a,}.'.repeat(200)}c`;
    expect(found(index, query)).to.deep.equal(['a.c']);
  });

  it('takes stars with backslashes between them for stars', () => {
    const index = indexOf('a.b.c', 'a.d');
    expect(found(index, 'a.*\\*')).to.deep.equal(found(index, 'a.**'));
    expect(found(index, '*\\*.c')).to.deep.equal(found(index, '**.c'));
  });

  it('finds tagged series by their exact name only', () => {
    const index = indexOf('cpu;dc=a;host=b', 'cpu');
    expect(found(index, 'cpu;dc=a;host=b')).to.deep.equal(['cpu;dc=a;host=b']);
    expect(found(index, 'cpu;dc=*;host=b')).to.deep.equal([]);
    expect(found(index, '*')).to.deep.equal(['cpu']);
    expect(index.expand(glob('cpu;dc=a;host=b'), 1)).to.deep.equal([0]);
  });

  it('finds tagged files whose names are hashes', () => {
    const name = 'disk.used;host=web01';
    const hash = createHash('sha256').update(name).digest('hex');
    const index = new MetricIndex();
    index.addFile(`_tagged/${hash.slice(0, 3)}/${hash.slice(3, 6)}/${hash}.wsp`, 3);
    expect(index.idOf(name)).to.equal(3);
    expect(index.idOf('disk.used;host=web02')).to.equal(NO_METRIC);
  });

  it('takes only whisper files', () => {
    const index = new MetricIndex();
    expect(index.addFile('a/b.wsp', 0)).to.equal(true);
    expect(index.addFile('a/b.wsp.bak', 1)).to.equal(false);
    expect(index.addFile('a/wsp', 2)).to.equal(false);
    expect(index.add('a.b', 3)).to.equal(false);
    expect(index.size).to.equal(1);
  });

  it('shows a wildcard with a backslash as a name, once', () => {
    const index = indexOf('x.ab', 'x.acb', 'x.c');
    expect(found(index, 'x.a\\*b')).to.deep.equal(['x.a*b']);
    expect(index.expand(glob('x.a\\*b'), 10)).to.have.members([0, 1]);
  });

  it('stops at the limit', () => {
    const names = Array.from({ length: 50 }, (_, i) => `host${i}.cpu`);
    const index = indexOf(...names);
    for (const query of ['*', '*.*', '**', 'host*.{cpu,mem}']) {
      expect(found(index, query, 7), query).to.have.length(7);
      expect(index.expand(glob(query), 0), query).to.have.length(0);
    }
  });

  it('finds names alone, each once, wherever they are', () => {
    const index = indexOf('a.x.cpu', 'a.y.cpu', 'a.y.mem', 'b.x.cpu', 'a.z.net.in', 'a.x..hidden');
    index.addFolder('a/y/odd.folder');
    index.addFile('a/y/packed.wsp.gz', 90);
    const names = (query: string, limit = 100) => {
      const search = index.searchNames(glob(query), limit);
      while (!search.run(1));
      const { leaves, branches } = search.found;
      return { leaves: [...leaves].sort(), branches: [...branches].sort() };
    };
    expect(names('a.*.*')).to.deep.equal({
      leaves: ['cpu', 'hidden', 'mem', 'packed'],
      branches: ['net', 'odd'],
    });
    expect(names('*.x.cpu')).to.deep.equal({ leaves: ['cpu'], branches: [] });
    const { leaves, branches } = names('a.*.*', 2);
    expect(leaves.length + branches.length).to.equal(2);
  });

  it('tells names apart that begin alike, or with other letters than ASCII', () => {
    const index = indexOf('host0001', 'host00010', 'host0002', 'höst0001', 'šost', 'ä');
    const cases: [string, string[]][] = [
      ['host0001*', ['host0001', 'host00010']],
      ['host00010*', ['host00010']],
      ['host?001', ['host0001']],
      ['h*1', ['host0001', 'höst0001']],
      ['hö*', ['höst0001']],
      ['a*', []],
      ['{host0002,ä}*', ['host0002', 'ä']],
      ['host000[12]', ['host0001', 'host0002']],
      ['host0002**', ['host0002']],
    ];
    for (const [query, wanted] of cases)
      expect(found(index, query), query).to.deep.equal(wanted.sort());
  });

  it('survives deep trees and any number of **', () => {
    const index = indexOf(Array(200).fill('a').join('.'), Array(20_000).fill('b').join('.'));
    const query = `${Array(60).fill('**.a').join('.')}.**.nope`;
    expect(found(index, query, 10)).to.deep.equal([]);
    expect(index.expand(glob('b.**'), 10)).to.deep.equal([1]);
  });

  it('finds what matching each name by itself finds', () => {
    const segments = fc.stringMatching(/^[abc]{1,3}$/);
    const names = fc.array(
      fc.array(segments, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.')),
      { minLength: 1, maxLength: 30 },
    );
    const patterns = fc.stringMatching(/^(\*|[abc?]|\[!?[abc]{1,2}\]|\{[abc],[abc*]{0,2}\}){1,3}$/);
    const queries = fc.array(fc.oneof(patterns, fc.constant('**')), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(names, queries, (names, query) => {
        const index = indexOf(...names);
        const wanted = names.filter((name, id) => index.idOf(name) === id && fits(name, query));
        const ids = index.expand(glob(query.join('.')), 1000);
        expect(ids.map((id) => names[id]).sort()).to.deep.equal(wanted.sort());
      }),
      { numRuns: 500 },
    );
  });
});

/**
 * The definition: `**`, also out of braces, stands for any number of parts, and at least one at the end; a part of braces with an empty item may be
 * left out, but not at the end.
 */
function fits(name: string, query: readonly string[]): boolean {
  const last = isTree(query.at(-1)) ? [...query, '*'] : query;
  return fitsParts(name.split('.'), last);
}

function isTree(part = ''): boolean {
  return expandBraces(part)?.includes('**') ?? false;
}

function fitsParts(name: readonly string[], query: readonly string[]): boolean {
  if (query.length === 0 || name.length === 0) return query.length === name.length;
  if (isTree(query[0])) return name.some((_, i) => fitsParts(name.slice(i), query.slice(1)));
  const isOptional = query.length > 1 && expandBraces(query[0])?.includes('');
  if (isOptional && fitsParts(name, query.slice(1))) return true;
  return fitsPart(name[0], query[0]) && fitsParts(name.slice(1), query.slice(1));
}

function fitsPart(name: string, pattern: string): boolean {
  const matches = compilePattern(pattern);
  if (matches instanceof GlobRefusal) throw new Error(matches.reason);
  return typeof matches === 'function' ? matches(name) : matches.includes(name);
}
