import { expect } from 'chai';
import fc from 'fast-check';
import { MetricTable } from '../../../src/storage/metric-table.js';

function intern(table: MetricTable, name: string): number {
  const bytes = Buffer.from(`before ${name} after`);
  return table.intern(bytes, 7, bytes.length - 6);
}

describe('MetricTable', () => {
  it('gives dense ids, one for each name', () => {
    const table = new MetricTable();
    expect(intern(table, 'a.b')).to.equal(0);
    expect(intern(table, 'a.c')).to.equal(1);
    expect(intern(table, 'a.b')).to.equal(0);
    expect(intern(table, '')).to.equal(2);
    expect(intern(table, 'ä.温度')).to.equal(3);
    expect(table.count).to.equal(4);
    expect([0, 1, 2, 3].map((id) => table.name(id))).to.deep.equal(['a.b', 'a.c', '', 'ä.温度']);
  });

  it('finds what was interned and nothing else', () => {
    const table = new MetricTable();
    intern(table, 'a.b');
    expect(table.find('a.b')).to.equal(0);
    for (const other of ['a', 'a.', 'a.bb', 'A.b', '']) {
      expect(table.find(other), other).to.equal(undefined);
    }
    expect(table.count).to.equal(1);
  });

  it('tells names apart that differ in one byte, wherever it is', () => {
    const table = new MetricTable();
    const names = ['', 'x'];
    for (let length = 1; length <= 13; length++) {
      for (let at = 0; at < length; at++) {
        names.push(`${'.'.repeat(at)}x${'.'.repeat(length - at)}`);
      }
    }
    for (const name of names) intern(table, name);
    for (const [id, name] of names.entries()) {
      expect(intern(table, name), name).to.equal(id);
      expect(table.find(name), name).to.equal(id);
    }
    expect(table.count).to.equal(names.length);
  });

  it('gives the same ids in whatever order names come again', () => {
    const names = fc.constantFrom('a', 'b', 'ab', 'a.b', 'a.c', 'other.spelling');
    fc.assert(
      fc.property(fc.array(names, { maxLength: 60 }), (order) => {
        const table = new MetricTable();
        const ids = new Map<string, number>();
        intern(table, 'spelling');
        table.redirect(intern(table, 'other.spelling'), 0);
        for (const name of [...order, ...order]) {
          const id = intern(table, name);
          const expected = name === 'other.spelling' ? 0 : (ids.get(name) ?? 2 + ids.size);
          expect(id, `${name} of ${order}`).to.equal(expected);
          if (name !== 'other.spelling') ids.set(name, id);
        }
      }),
    );
  });

  it('fails loudly for an id that it never gave out', () => {
    expect(() => new MetricTable().name(0)).to.throw(/given out/);
  });

  it('keeps names apart whose hashes are equal', () => {
    const pairs = ['costarring', 'liquid', 'declinate', 'macallums', 'altarage', 'zinke'];
    const table = new MetricTable();
    pairs.forEach((name, id) => {
      expect(intern(table, name)).to.equal(id);
    });
    pairs.forEach((name, id) => {
      expect([table.find(name), table.name(id)]).to.deep.equal([id, name]);
    });
  });

  it('keeps a name apart from its own beginning, though their hashes are equal', () => {
    const table = new MetricTable();
    expect(intern(table, 'servers.web1.UZa2b')).to.equal(0);
    expect(table.find('servers.web1')).to.equal(undefined);
    expect(intern(table, 'servers.web1')).to.equal(1);
  });

  it('gives a name the id of another one from when it is told to', () => {
    const table = new MetricTable();
    const [a, alias] = ['a.b', 'a..b'].map((name) => intern(table, name));
    table.redirect(alias, a);
    expect([intern(table, 'a..b'), table.find('a..b'), table.find('a.b')]).to.deep.equal([a, a, a]);
    expect([table.name(a), table.name(alias), table.count]).to.deep.equal(['a.b', 'a..b', 2]);
    for (let i = 0; i < 5000; i++) intern(table, `m${i}`);
    expect([intern(table, 'a..b'), intern(table, 'm7')]).to.deep.equal([a, 9]);
  });

  it('keeps every name while it grows to 100,000', () => {
    const table = new MetricTable();
    const name = (i: number): string => `servers.web${i % 977}.disk${i}.io.${'x'.repeat(i % 60)}`;
    for (let i = 0; i < 100_000; i++) {
      if (intern(table, name(i)) !== i) expect.fail(`${name(i)} got a wrong id`);
    }
    for (let i = 0; i < 100_000; i++) {
      if (table.find(name(i)) !== i || table.name(i) !== name(i) || intern(table, name(i)) !== i) {
        expect.fail(`${name(i)} was lost`);
      }
    }
    expect(table.count).to.equal(100_000);
  });

  it('takes a name that is longer than all its room for names', () => {
    const table = new MetricTable();
    intern(table, 'a');
    const long = 'y'.repeat(100_000);
    expect(intern(table, long)).to.equal(1);
    expect(table.name(1)).to.equal(long);
    expect(table.name(0)).to.equal('a');
  });

  it('behaves as a Map of names', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 3 }), { maxLength: 3000 }), (names) => {
        const table = new MetricTable();
        const model = new Map<string, number>();
        for (const name of names) {
          if (!model.has(name)) model.set(name, model.size);
          expect(intern(table, name)).to.equal(model.get(name));
        }
        for (const [name, id] of model) expect(table.find(name)).to.equal(id);
      }),
      { numRuns: 30 },
    );
  });
});
