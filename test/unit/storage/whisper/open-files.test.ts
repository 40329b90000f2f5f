import { writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { nodeFiles } from '../../../../src/storage/node-files.js';
import { OpenFiles } from '../../../../src/storage/whisper/open-files.js';
import { withTemporaryFolder } from '../../../support/temporary-folder.js';

describe('OpenFiles', () => {
  it('closes a file that was not used lately for the next one', () => {
    withFile((path) => {
      const open = new OpenFiles(nodeFiles, 3);
      for (const id of [10, 11, 5000]) open.open(id, path);
      open.get(10);
      open.open(12, path);
      expect(open.peek(11)).to.equal(-1);
      open.get(5000);
      open.close(12);
      open.open(13, path);
      open.open(14, path);
      const isOpen = [10, 11, 12, 13, 14, 5000].filter((id) => open.peek(id) >= 0);
      expect(isOpen).to.deep.equal([10, 14, 5000]);
      expect(open.count).to.equal(3);
      expect(new Set([open.nextId(), open.nextId(), open.nextId()])).to.deep.equal(
        new Set([10, 14, 5000]),
      );
      open.closeAll();
      expect(open.count).to.equal(0);
      expect(open.get(10)).to.equal(-1);
    });
  });

  it('keeps most of its files where more of them are used round and round', () => {
    withFile((path) => {
      const open = new OpenFiles(nodeFiles, 100);
      const round = (from: number): number => {
        let found = 0;
        for (let id = from; id < from + 200; id++) {
          if (open.get(id) >= 0) found++;
          else open.open(id, path);
        }
        return found;
      };
      round(0);
      expect(round(0)).to.be.at.least(80);
      expect(round(0)).to.be.at.least(80);
      for (let n = 0; n < 40; n++) round(1_000);
      expect(round(1_000), 'of others that are used from now on').to.be.at.least(80);
      expect(open.count).to.equal(100);
      open.closeAll();
    });
  });
});

function withFile(use: (path: string) => void): void {
  withTemporaryFolder((folder) => {
    writeFileSync(`${folder}/file`, '');
    use(`${folder}/file`);
  });
}
