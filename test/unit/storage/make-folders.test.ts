import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { makeFolders } from '../../../src/storage/make-folders.js';
import { withTemporaryFolder } from '../../support/temporary-folder.js';

describe('makeFolders', () => {
  it('makes what is missing above, and takes what is there', () => {
    withTemporaryFolder((folder) => {
      const path = join(folder, 'a/b/c');
      for (const _ of ['first', 'again']) {
        makeFolders(path);
        expect(existsSync(path)).to.equal(true);
      }
      makeFolders('/');
    });
  });

  it('refuses what cannot be a folder, and does not try for ever', () => {
    withTemporaryFolder((folder) => {
      const file = join(folder, 'file');
      writeFileSync(file, '');
      expect(() => makeFolders(file)).to.throw(/EEXIST/);
      expect(() => makeFolders(join(file, 'below'))).to.throw(/ENOTDIR/);
    });
    if (existsSync('/proc')) expect(() => makeFolders('/proc/no/such')).to.throw(/ENOENT/);
  });
});
