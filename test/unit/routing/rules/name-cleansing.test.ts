import { expect } from 'chai';
import { NameCleansing } from '../../../../src/routing/rules/name-cleansing.js';

describe('NameCleansing', () => {
  it('cleanses in place and leaves the bytes around the name alone', () => {
    const bytes = Buffer.from('xx..a..b/c;t=x..y.zz');
    const end = new NameCleansing().cleanse(bytes, 2, bytes.length - 2);
    expect(bytes.toString('latin1', 2, end)).to.equal('a.b_c;t=x.y.');
    expect(bytes.toString('latin1', 0, 2) + bytes.toString('latin1', bytes.length - 2)).to.equal(
      'xxzz',
    );
  });

  it('drops a dot that leads the tags, and keeps one that ends them', () => {
    const cleansed = (name: string): string => {
      const bytes = Buffer.from(name);
      return bytes.toString('latin1', 0, new NameCleansing().cleanse(bytes, 0, bytes.length));
    };
    expect(cleansed('a.;..t=.1;.u=2.')).to.equal('a.;t=.1;.u=2.');
    expect(cleansed('a;t=1..')).to.equal('a;t=1.');
  });

  it('leaves nothing of dots, nor of a name whose tags are missing', () => {
    for (const name of ['...', '', 'a;', 'a;.']) {
      const bytes = Buffer.from(name);
      expect(new NameCleansing().cleanse(bytes, 0, bytes.length), name).to.equal(0);
    }
  });
});
