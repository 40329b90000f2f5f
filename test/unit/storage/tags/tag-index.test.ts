import { expect } from 'chai';
import { parseTagExpressions, TagRefusal } from '../../../../src/routing/tag-expression.js';
import { TagIndex } from '../../../../src/storage/tags/tag-index.js';
import { seeded } from '../../../support/random.js';

const NAMES = [
  'cpu;dc=ams;host=a1',
  'cpu;dc=ams;host=a2',
  'cpu;dc=fra;host=f1',
  'disk;dc=ams;device=sda;host=a1',
  'disk;dc=par',
];

function filled(names: readonly string[] = NAMES): TagIndex {
  const index = new TagIndex();
  for (const name of names) index.add(name);
  return index;
}

function expressions(...texts: string[]) {
  const parsed = parseTagExpressions(texts);
  if (parsed instanceof TagRefusal) throw new Error(parsed.reason);
  return parsed;
}

function found(index: TagIndex, ...texts: string[]): string[] {
  return index.find(expressions(...texts), 10_000).sort();
}

const all = { expressions: [], matches: () => true };

describe('TagIndex', () => {
  it('finds series for which all expressions hold; a missing tag is empty', () => {
    const index = filled();
    expect(found(index, 'name=cpu', 'dc=ams')).to.deep.equal(NAMES.slice(0, 2));
    expect(found(index, 'dc=~a|f')).to.deep.equal(NAMES.slice(0, 4));
    expect(found(index, 'name=disk', 'device=')).to.deep.equal(['disk;dc=par']);
    expect(found(index, 'name=disk', 'device!=')).to.deep.equal([NAMES[3]]);
    expect(found(index, 'name=disk', 'device!=sda')).to.deep.equal(['disk;dc=par']);
    expect(found(index, 'name=~.', 'host!=~a')).to.deep.equal([
      'cpu;dc=fra;host=f1',
      'disk;dc=par',
    ]);
    expect(found(index, 'name=nosuch')).to.deep.equal([]);
    expect(index.find(expressions('dc!='), 2)).to.have.length(2);
  });

  it('refuses what is no expression, and what would hold without any tag', () => {
    for (const text of ['bogus', '', '=x', 'dc=ams;x', 'a=~[', 'env=', 'dc!=ams', 'name=~.*'])
      expect(parseTagExpressions([text]), text).to.be.instanceOf(TagRefusal);
    expect(parseTagExpressions(['dc!=ams', 'name=x'])).to.have.length(2);
    expect(parseTagExpressions(Array(1000).fill('a=b'))).to.be.instanceOf(TagRefusal);
  });

  it('lists tags and values, of all series or of some', () => {
    const index = filled();
    expect(index.tags(all).sort()).to.deep.equal(['dc', 'device', 'host', 'name']);
    const some = { ...all, expressions: expressions('name=cpu') };
    expect(index.tags(some).sort()).to.deep.equal(['dc', 'host']);
    expect(index.values('dc', all)).to.have.deep.members([
      { value: 'ams', count: 3 },
      { value: 'fra', count: 1 },
      { value: 'par', count: 1 },
    ]);
    expect(index.values('dc', some)).to.have.deep.members([
      { value: 'ams', count: 2 },
      { value: 'fra', count: 1 },
    ]);
    expect(index.values('nosuch', all)).to.deep.equal([]);
  });

  it('knows a series once, until it is taken off, and again when it is added again', () => {
    const index = filled();
    expect(index.add(NAMES[0])).to.equal(false);
    expect(index.remove(NAMES[2])).to.equal(true);
    expect(index.remove(NAMES[2])).to.equal(false);
    expect(index.remove('nosuch;a=b')).to.equal(false);
    expect(index.size).to.equal(4);
    expect(index.has(NAMES[2])).to.equal(false);
    expect(found(index, 'name=cpu')).to.deep.equal(NAMES.slice(0, 2));
    expect(index.values('host', all).map(({ value }) => value)).to.have.members(['a1', 'a2']);
    expect(index.add(NAMES[2])).to.equal(true);
    expect([...index.names()].sort()).to.deep.equal(NAMES);
    expect(found(index, 'dc=fra')).to.deep.equal([NAMES[2]]);
  });

  it('takes a name without tags, and none that cannot be read', () => {
    const index = filled(['plain.metric', 'broken;tag', 'broken;=x']);
    expect([...index.names()]).to.deep.equal(['plain.metric']);
    expect(found(index, 'name=plain.metric')).to.deep.equal(['plain.metric']);
  });

  it('finds what a search through all names finds, while series come and go', () => {
    const next = seeded(7);
    const index = new TagIndex();
    const known = new Set<string>();
    const pick = (count: number): number => Math.floor(next() * count);
    for (let i = 0; i < 2_000; i++) {
      const name = `m${pick(5)};a=${pick(4)}${pick(2) ? `;b=${pick(30)}` : ''};z=${pick(50)}`;
      if (pick(4) === 0) expect(index.remove(name)).to.equal(known.delete(name));
      else expect(index.add(name)).to.equal(known.size < known.add(name).size);
    }
    const has = (name: string, part: string): boolean => `${name};`.includes(`;${part};`);
    expect(found(index, 'a=1', 'b=').length).to.be.above(0);
    expect(found(index, 'a=1', 'b=')).to.deep.equal(
      [...known].filter((name) => has(name, 'a=1') && !name.includes(';b=')).sort(),
    );
    expect(found(index, 'b=~1', 'a!=2')).to.deep.equal(
      [...known].filter((name) => name.includes(';b=1') && !has(name, 'a=2')).sort(),
    );
  });
});
