import { expect } from 'chai';
import { readTokens } from '../../../src/storage/read-token-file.js';

const A = 'aaaaaaaaaaaaaaaa';
const B = 'bbbbbbbbbbbbbbbb';
const PATH = '/etc/carbonbus/read-tokens.conf';

describe('readTokens', () => {
  let text: string | undefined;
  const open = (configured: { token: string; prefixes: string[] }[] = []) =>
    readTokens('/etc/carbonbus', (path) => (path === PATH ? text : undefined), configured);

  it('takes tokens of the file and of the settings, a line each', () => {
    text = `# who may read\n\n${A}: servers.|app.\n  ${B}:*\n`;
    expect(open([{ token: 'c'.repeat(16), prefixes: ['x'] }]).current).to.deep.equal([
      { token: 'c'.repeat(16), prefixes: ['x'] },
      { token: A, prefixes: ['servers.', 'app.'] },
      { token: B, prefixes: [''] },
    ]);
    text = undefined;
    expect(open().current).to.deep.equal([]);
  });

  it('takes an edit, and tells of it without the tokens', () => {
    text = `${A}:*`;
    const live = open();
    text = `${A}:servers.\n${B}:*`;
    const check = live.check();
    expect(check.type).to.equal('changed');
    expect(JSON.stringify(check)).not.to.contain(A).and.not.to.contain(B);
    expect(live.current.map(({ token }) => token)).to.deep.equal([A, B]);
    expect(live.check()).to.deep.equal({ type: 'same' });
  });

  it('keeps what it has where an edit is wrong, or would open all to everybody', () => {
    text = `${A}:*`;
    const live = open();
    for (const wrong of [`${A}:*\nshort:*`, '', undefined]) {
      text = wrong;
      expect(live.check().type, String(wrong)).to.equal('broken');
      expect(live.current).to.deep.equal([{ token: A, prefixes: [''] }]);
    }
    text = `${B}:*`;
    expect(live.check().type).to.equal('changed');
  });

  it('refuses a file that is wrong from the beginning, with the line', () => {
    text = `${A}:*\n${B}`;
    expect(open).to.throw(/read-tokens\.conf:2: no token/);
  });
});
