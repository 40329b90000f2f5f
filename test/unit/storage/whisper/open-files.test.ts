import { writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { nodeFiles } from '../../../../src/storage/node-files.js';
import { OpenFiles } from '../../../../src/storage/whisper/open-files.js';
import { withTemporaryFolder } from '../../../support/temporary-folder.js';

describe('OpenFiles', () => {
  it('closes the file used longest ago for the next one', () => {
    withTemporaryFolder((folder) => {
      const open = new OpenFiles(nodeFiles, 3);
      const path = `${folder}/file`;
      writeFileSync(path, '');
      for (const id of [10, 11, 5000]) open.open(id, path);
      open.get(10);
      open.open(12, path);
      expect(open.peek(11)).to.equal(-1);
      open.get(5000);
      open.close(12);
      open.open(13, path);
      open.open(14, path);
      const isOpen = [10, 11, 12, 13, 14, 5000].filter((id) => open.peek(id) >= 0);
      expect(isOpen).to.deep.equal([13, 14, 5000]);
      expect(open.count).to.equal(3);
      expect(new Set([open.nextId(), open.nextId(), open.nextId()])).to.deep.equal(
        new Set([13, 14, 5000]),
      );
      open.closeAll();
      expect(open.count).to.equal(0);
      expect(open.get(13)).to.equal(-1);
    });
  });
});
