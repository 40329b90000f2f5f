import { expect } from 'chai';
import { errorCode, errorText } from '../../../src/errors.js';
import { creationRules, StorageAggregation, StorageSchemas } from '../../../src/storage/schemas.js';

describe('StorageSchemas', () => {
  it('skips an archive that no file can have, with a warning that tells the line', () => {
    const { schemas, warnings } = StorageSchemas.parse(
      '[a]\npattern = a\nretentions = 60:0\n\n[b]\nretentions = 60:10\n',
    );
    expect(schemas.map(({ name }) => name)).to.deep.equal(['default']);
    expect(warnings).to.have.length(2);
    expect(warnings[0]).to.match(/^line 1: \[a\] is skipped: /);
    expect(warnings[1]).to.match(/^line 5: \[b\] is skipped: /);
  });

  it('leaves out a section whose header has something behind it, as carbon does, and says so', () => {
    const { schemas, warnings } = StorageSchemas.parse(
      '[a] ; mine\npattern = a\nretentions = x\n[b]  \npattern = b\nretentions = 60:10\n',
    );
    expect(schemas.map(({ name }) => name)).to.deep.equal(['b', 'default']);
    expect(warnings).to.deep.equal([
      "line 1: [a] is skipped: '; mine' stands behind its header: put it on a line of its own",
    ]);
  });

  it('tells the line of what it refuses', () => {
    const texts: [string, string, RegExp][] = [
      ['[a]\npattern = a\nretentions = x\n', 'INVALID_RETENTION', /^line 3: \[a\] /],
      ['[a]\npattern = (\nretentions = 60:10\n', 'REGEX_INVALID', /^line 2: \[a\] /],
      ['[a]\npattern\n', 'CONFIG_INVALID', /^line 2: /],
      [
        '[a]\npattern = a\nretentions = x\n[b]\npattern = (\nretentions = 60:10\n',
        'INVALID_RETENTION',
        /^line 3: \[a\] .*\nline 5: \[b\] .*$/,
      ],
    ];
    for (const [text, code, message] of texts) {
      try {
        StorageSchemas.parse(text);
        expect.fail('no error');
      } catch (error) {
        expect(errorCode(error)).to.equal(code);
        expect(errorText(error)).to.match(message);
      }
    }
  });
});

describe('StorageAggregation', () => {
  it('takes [DEFAULT] for a section of its own as well, where it stands', () => {
    const text =
      '[a]\npattern = ^a\n[DEFAULT]\npattern = ^b\nxFilesFactor = 0.2\n[c]\nxFilesFactor = 0.7\n';
    const { schemas } = StorageAggregation.parse(text);
    expect(schemas.map((one) => [one.name, one.pattern, one.xFilesFactor])).to.deep.equal([
      ['a', '^a', 0.2],
      ['DEFAULT', '^b', 0.2],
      ['c', '^b', 0.7],
      ['default', undefined, undefined],
    ]);
    const { warnings } = StorageAggregation.parse('\n[DEFAULT]\nxFilesFactor = 0.2\n');
    expect(warnings).to.deep.equal(['line 2: [DEFAULT] is skipped: the pattern is missing']);
  });

  it('refuses an xFilesFactor that is no factor, and skips what is no number', () => {
    const parsed = (factor: string) =>
      StorageAggregation.parse(`[a]\npattern = a\nxFilesFactor = ${factor}\n`);
    for (const factor of ['nan', 'inf', '-Infinity', '1.5', '-1'])
      expect(() => parsed(factor), factor).to.throw(/between 0 and 1/);
    for (const factor of ['x', '', '0,5']) expect(parsed(factor).warnings).to.have.length(1);
  });
});

describe('creationRules', () => {
  it('combines both files, finest archive first', () => {
    const rules = creationRules(
      StorageSchemas.parse('[a]\npattern = ^a\nretentions = 1h:1y,1m:1d\n'),
      StorageAggregation.parse('[n]\npattern = count$\naggregationMethod = sum\n'),
    );
    expect(rules.match('a.count')).to.deep.equal({
      archives: [
        { secondsPerPoint: 60, points: 1440 },
        { secondsPerPoint: 3600, points: 8760 },
      ],
      xFilesFactor: 0.5,
      method: 'sum',
    });
  });
});
