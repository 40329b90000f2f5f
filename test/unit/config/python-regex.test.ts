import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { pythonRegex } from '../../../src/config/python-regex.js';

const PYTHON = '/usr/bin/python3';

const PATTERNS = [
  '',
  '^a',
  'a$',
  'a.c',
  '(?s)a.c',
  '\\d+',
  '\\w+',
  '\\W',
  '\\s',
  '\\S+',
  '[\\w.]+',
  '[^\\w]',
  '[\\W_]',
  '[]a]',
  '[^]a]',
  '[a-]',
  '[-a]',
  '[a-c-e]',
  '[[:alpha:]]',
  '[[]',
  '[\\]]',
  '[\\^a]',
  '[.]',
  '[$]',
  '[(]',
  '[&&]',
  '[a||b]',
  '[~~]',
  '[\\s\\S]',
  '[\\D]',
  '[\\b]',
  '[\\1]',
  '[\\377]',
  '[a\\-z]+',
  'a{2}',
  'a{,2}b',
  'a{2,}',
  'a{',
  'a{x}',
  '{',
  '}',
  ']',
  'b{0}',
  'a|b',
  '(|a)',
  '(?:ab)+',
  '(?:)',
  'x*',
  '(?P<x>a)(?P=x)',
  '(a)\\1',
  '\\Aab',
  'ab\\Z',
  '\\bfoo\\b',
  '\\Boo',
  '(?i)AbC',
  '(?i)[a-z]+',
  '(?a)\\w+',
  '(?m)^b$',
  '(?m)a$',
  '(?m)$',
  '$a',
  'a$\\n',
  '(?x) a b # c\n c',
  '(?ms-x:a.$)',
  '(?#hi)a',
  '(?u)a',
  '(?=a)a',
  '(?!a).',
  '(?<=a)b',
  '(?<!a)b',
  '\\x41',
  '\\u00e9',
  '\\U0001F600',
  '\\0',
  '\\012',
  '\\101',
  '\\.',
  '\\-',
  '\\/',
  '\\t',
  '\\a',
  'a\\\nb',
  'é',
  '😀',
  '[😀-😂]',
  '^.$',
  '.*',
  'a*?',
  'a??',
  '[\\x41-\\x43]',
  '^servers\\.(\\w+)\\.cpu$',
  '^(?P<dc>dc\\d)\\.(?!test).*\\Z',
  '^\\S+\\.count$',
];

const REFUSED = [
  '(',
  'a)',
  '*a',
  'a**',
  'a{1}{2}',
  'a{2,1}',
  '[a',
  '[z-a]',
  '[\\d-z]',
  '\\q',
  '\\',
  '\\8',
  '\\400',
  '[\\400]',
  '(?P<1>a)',
  '(?<n>a)',
  '(?P<n>a',
  '(?P<a>x)(?P<a>y)',
  '(?L)a',
  'a(?i)b',
  '[\\8]',
  '[a--b]',
  '\\x4',
  '(?#',
  '^*',
];

const TEXTS = [
  '',
  'a',
  'ab',
  'aab',
  'aaab',
  'abc',
  'a\nc',
  'a\n',
  'ab\n',
  'b',
  'é',
  'ÀB',
  'a_b',
  'a.b',
  'foo',
  'foo bar',
  'éfoo',
  'ABC',
  'abcABC',
  'a\nb\nc',
  'servers.x1.cpu',
  'servers.x1.cpu\n',
  'dc1.prod',
  'dc1.test',
  'x.count',
  '12.34',
  '٣٤',
  '😀',
  '😁',
  'a b',
  '\u00a0',
  '\u2028',
  '\x1c',
  '\u200b',
  'a]',
  '[',
  ']',
  '-',
  '^',
  '{',
  'a{',
  'a{x}',
  '}',
  'AA',
  '\x08',
  '\x07',
  '\t',
  '\0',
  '\n',
  '²',
  'Ⅷ',
  'ａ',
  '_',
  '$',
  '(',
  'a&b',
  'ÿ',
  'aa',
  'aaaa',
  'b\na',
  '\\',
  '/',
  'ſ',
  '\u212a',
  'ß',
  'a-z',
  '\x01',
  '|',
  '~',
  ':',
];

/** For each pattern, where and what it finds in each text; null: nothing. */
const SCRIPT = `
import json, re, sys, warnings
warnings.simplefilter('ignore')
patterns, texts = json.load(sys.stdin)
def found(m): return m and [m.start(), m.group(0)]
json.dump([[found(re.compile(p).search(t)) for t in texts] for p in patterns], sys.stdout)
`;

describe('pythonRegex', () => {
  it(`finds what Python's re finds (${PATTERNS.length} patterns, ${TEXTS.length} texts)`, function () {
    const { status, stdout, stderr } = spawnSync(PYTHON, ['-c', SCRIPT], {
      input: JSON.stringify([PATTERNS, TEXTS]),
      encoding: 'utf8',
    });
    if (status === null) {
      console.log(`  there is no ${PYTHON}`);
      this.skip();
    }
    expect(status, stderr).to.equal(0);
    const expected = JSON.parse(stdout);
    for (const [i, pattern] of PATTERNS.entries()) {
      const regex = pythonRegex(pattern);
      const found = TEXTS.map((text) => {
        const match = regex.exec(text);
        return match && [[...text.slice(0, match.index)].length, match[0]];
      });
      expect(found, `${pattern} as ${regex.source}`).to.deep.equal(expected[i]);
    }
  });

  for (const pattern of REFUSED) {
    it(`refuses ${JSON.stringify(pattern)}, as Python does`, () => {
      expect(() => pythonRegex(pattern))
        .to.throw()
        .with.property('code', 'REGEX_INVALID');
    });
  }

  for (const pattern of ['(?>a)', '(a)?(?(1)b|c)', 'a++', '(?i:a)']) {
    it(`refuses ${JSON.stringify(pattern)}, which it cannot translate`, () => {
      expect(() => pythonRegex(pattern))
        .to.throw()
        .with.property('code', 'REGEX_INVALID');
    });
  }

  it('can ignore case and find every match', () => {
    expect('aXbx'.replaceAll(pythonRegex('x', { ignoreCase: true, global: true }), '-')).to.equal(
      'a-b-',
    );
  });
});
