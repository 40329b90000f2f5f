import { expect } from 'chai';
import { type IniSection, parsePythonIni } from '../../../src/config/python-ini.js';
import { CarbonbusError, errorText } from '../../../src/errors.js';

const sections = (text: string): IniSection[] => parsePythonIni(text, (section) => section);

function values(text: string): Record<string, Record<string, string | undefined>> {
  return Object.fromEntries(
    parsePythonIni(text, (section) => [
      section.name,
      Object.fromEntries(section.options.map((option) => [option, section.get(option)])),
    ]),
  );
}

describe('parsePythonIni', () => {
  it('reads sections, either delimiter, comments at the start of a line, and any case of an option', () => {
    const text = '# top\n[a]\nX = 1 # not a comment\n  ; a comment\ny: 2\n[b c]\nz = a=b:c\n';
    expect(values(text)).to.deep.equal({
      a: { x: '1 # not a comment', y: '2' },
      'b c': { z: 'a=b:c' },
    });
    expect(sections(text)[0].get('x')).to.equal(sections(text)[0].get('X'));
  });

  it('continues a value on indented lines, over blank ones and comments', () => {
    expect(values('[a]\nx = 1\n  2\n\n# c\n\t3\n\ny =\n  4\n')).to.deep.equal({
      a: { x: '1\n2\n\n3', y: '\n4' },
    });
  });

  it('gives the options of [DEFAULT] to all, and interpolates', () => {
    const text = '[DEFAULT]\nbase = s%%\n[a]\nx = %(base)s-%(Y)s\ny = 5\n[b]\nbase = t\n';
    expect(values(text)).to.deep.equal({ a: { base: 's%', x: 's%-5', y: '5' }, b: { base: 't' } });
    expect(sections(text)[0].raw('x')).to.equal('%(base)s-%(Y)s');
  });

  it('knows the line of an option', () => {
    const [section] = sections('\n[a]\n\nx = 1\n');
    expect([section.line, section.lineOf('x'), section.lineOf('none')]).to.deep.equal([2, 4, 2]);
  });

  it('tells all that is wrong at once, and nothing that only follows from it', () => {
    const problems = (text: string): string[] => {
      try {
        sections(text);
        return [];
      } catch (error) {
        return errorText(error).split('\n');
      }
    };
    const lines = (text: string) => problems(text).map((line) => line.slice(0, 7));
    expect(lines('x = 1\ny = 2\n[a]\nz\n  w\n')).to.deep.equal(['line 1:', 'line 4:', 'line 5:']);
    expect(lines('[a]\nx = 1\n[a]\nx = 1\n')).to.deep.equal(['line 3:']);
  });

  it('tells what its reader refuses along with it, but for what only follows from it', () => {
    const read = (section: IniSection): void => {
      if (section.get('x') === undefined)
        throw new CarbonbusError('X_MISSING', `line ${section.line}: no x`);
    };
    const text = '[a]\nx 1\n[b]\ny = 2\n[c]\nx = 3\n';
    expect(() => parsePythonIni(text, read)).to.throw(CarbonbusError, /^line 2: .*\nline 3: no x$/);
  });

  for (const [why, text, line] of [
    ['an option before any section', 'x = 1\n', 1],
    ['a line without a delimiter', '[a]\nx\n', 2],
    ['an option without a name', '[a]\n= 1\n', 2],
    ['a section twice', '[a]\n[a]\n', 2],
    ['an option twice', '[a]\nx = 1\nX = 2\n', 3],
    ['a lone percent sign', '[a]\nx = 5%\n', 2],
    ['a reference to nothing', '[a]\n\nx = %(y)s\n', 3],
    ['a reference to itself', '[a]\nx = %(x)s\n', 2],
  ] as const) {
    it(`refuses ${why}, and says where`, () => {
      expect(() => values(text))
        .to.throw()
        .with.property('code', 'CONFIG_INVALID');
      try {
        values(text);
      } catch (error) {
        expect(errorText(error)).to.match(new RegExp(`^line ${line}: `));
      }
    });
  }
});
