import { expect } from 'chai';
import { CarbonbusError, errorCode, errorText } from '../../../src/errors.js';
import { LiveRules, type RuleFile } from '../../../src/storage/live-rules.js';
import { type StorageRules, storageRules } from '../../../src/storage/storage-rules.js';

const SCHEMAS = 'config/storage-schemas.conf';
const AGGREGATION = 'config/storage-aggregation.conf';
const ALL = '[all]\npattern = .*\nretentions = 10s:1h\n';

/** Two files that can be edited. */
function edited(schemas: string | undefined = ALL, aggregation?: string) {
  const texts = new Map<string, string | undefined>([
    [SCHEMAS, schemas],
    [AGGREGATION, aggregation],
  ]);
  const read = (path: string): string | undefined => {
    const text = texts.get(path);
    if (text === 'EACCES') throw new CarbonbusError('EACCES', 'permission denied');
    return text;
  };
  return { texts, rules: storageRules('config', read) };
}

/** A file of which is noted what was parsed. */
function counted() {
  const texts = new Map([['config/one.conf', 'x = 1']]);
  const parsed: (string | undefined)[] = [];
  const one: RuleFile<{ text: string }> = {
    name: 'one.conf',
    parse: (text = '') => {
      parsed.push(text);
      if (!text.includes('=')) throw new CarbonbusError('CONFIG_INVALID', 'no rule');
      return { text, warnings: [] };
    },
    entries: ({ text }) => [[text, text]],
  };
  const read = (path: string): string | undefined => texts.get(path);
  const rules = new LiveRules<{ one: { text: string } }, string>({
    ...{ folder: 'config', read, files: { one } },
    combine: ({ one }) => one.text,
  });
  return { texts, rules, parsed };
}

function archivesOf(rules: StorageRules, name = 'a.b'): string {
  const { archives } = rules.current.match(name);
  return archives.map((one) => `${one.secondsPerPoint}:${one.points}`).join(',');
}

describe('LiveRules', () => {
  it('sees nothing new while the texts are the same', () => {
    const { texts, rules } = edited();
    const before = rules.current;
    texts.set(SCHEMAS, ALL);
    expect(rules.check()).to.deep.equal({ type: 'same' });
    expect(rules.current).to.equal(before);
  });

  it('parses no text twice, whether it can be or not', () => {
    const { texts, rules, parsed } = counted();
    const CAN_BE = 'x = 1';
    const CANNOT_BE = 'x';
    for (const text of [CAN_BE, CANNOT_BE, CAN_BE]) {
      texts.set('config/one.conf', text);
      for (const _ of [1, 2, 3]) rules.check();
    }
    // The first text was parsed when the rules were made.
    expect(parsed).to.deep.equal([CAN_BE, CANNOT_BE, CAN_BE]);
  });

  it('takes an edit, and says which sections it added, removed and changed', () => {
    const two = '[one]\npattern = ^one\nretentions = 60:10\n';
    const { texts, rules } = edited(`${two}${ALL}`);
    texts.set(SCHEMAS, `[new]\npattern = ^new\nretentions = 1:60\n${ALL.replace('1h', '2h')}`);
    texts.set(AGGREGATION, '[max]\npattern = .*\naggregationMethod = max\n');
    expect(rules.check()).to.deep.equal({
      type: 'changed',
      changes: {
        schemas: { added: ['new'], removed: ['one'], changed: ['all'], isReordered: false },
        aggregation: { added: ['max'], removed: [], changed: [], isReordered: false },
      },
      warnings: [],
    });
    expect(archivesOf(rules)).to.equal('10:720');
    expect(archivesOf(rules, 'new.a')).to.equal('1:60');
    expect(rules.current.match('a.b').method).to.equal('max');
    expect(rules.check()).to.deep.equal({ type: 'same' });
  });

  it('takes another order for a change: the first section that matches counts', () => {
    const other = '[other]\npattern = ^a\nretentions = 60:10\n';
    const { texts, rules } = edited(`${ALL}${other}`);
    texts.set(SCHEMAS, `${other}${ALL}`);
    const check = rules.check();
    expect(check.type === 'changed' && check.changes.schemas?.isReordered).to.equal(true);
    expect(archivesOf(rules)).to.equal('60:10');
  });

  it('says nothing of an edit that changes no rule', () => {
    const { texts, rules } = edited();
    texts.set(SCHEMAS, `# a comment\n${ALL}`);
    expect(rules.check()).to.deep.equal({ type: 'changed', changes: {}, warnings: [] });
  });

  it('passes on what a section is skipped for', () => {
    const { texts, rules } = edited();
    texts.set(SCHEMAS, `[broken]\nretentions = 60:10\n${ALL}`);
    const check = rules.check();
    expect(check.type === 'changed' && check.warnings).to.have.length(1);
    expect(rules.warnings[0]).to.match(/^config\/storage-schemas\.conf:1: \[broken\] is skipped/);
  });

  it('keeps the old rules through a broken edit, and says once that it is new', () => {
    const { texts, rules } = edited();
    for (const broken of ['[all]\npattern = (\nretentions = 60:10\n', undefined, 'EACCES']) {
      texts.set(SCHEMAS, broken);
      const first = rules.check();
      expect(first).to.include({ type: 'broken', isNew: true });
      expect(first.type === 'broken' && first.reason).to.match(/^config\/storage-schemas\.conf:/);
      expect(rules.check()).to.include({ type: 'broken', isNew: false });
      expect(archivesOf(rules)).to.equal('10:360');
    }
    texts.set(SCHEMAS, ALL);
    expect(rules.check()).to.deep.equal({ type: 'changed', changes: {}, warnings: [] });
    expect(rules.check()).to.deep.equal({ type: 'same' });
  });

  it('takes neither file while one of them is broken', () => {
    const { texts, rules } = edited();
    texts.set(SCHEMAS, ALL.replace('1h', '2h'));
    texts.set(AGGREGATION, '[a]\npattern = .*\nxFilesFactor = 2\n');
    const check = rules.check();
    expect(check.type === 'broken' && check.reason).to.match(
      /^config\/storage-aggregation\.conf:3: /,
    );
    expect(archivesOf(rules)).to.equal('10:360');
    texts.delete(AGGREGATION);
    expect(rules.check().type).to.equal('changed');
    expect(archivesOf(rules)).to.equal('10:720');
  });

  it('refuses to begin with files that cannot be', () => {
    for (const [text, message] of [
      [undefined, /^config\/storage-schemas\.conf: no such file/],
      ['[all]\npattern = .*\nretentions = x\n', /^config\/storage-schemas\.conf:3: /],
    ] as const) {
      try {
        storageRules('config', (path) => (path === SCHEMAS ? text : undefined));
        expect.fail('no error');
      } catch (error) {
        expect(errorText(error)).to.match(message);
        expect(errorCode(error)).to.be.a('string');
      }
    }
  });
});
