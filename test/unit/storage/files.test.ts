import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { errorCode } from '../../../src/errors.js';
import { writeFileAtomic } from '../../../src/storage/files.js';
import { nodeFiles } from '../../../src/storage/node-files.js';
import { FaultyFiles } from '../../support/faulty-files.js';
import { withTemporaryFolder } from '../../support/temporary-folder.js';

describe('nodeFiles', () => {
  it('reads, writes, cuts and extends by position', () => {
    withTemporaryFolder((folder) => {
      const fd = nodeFiles.open(`${folder}/f`, 'replace');
      nodeFiles.write(fd, Buffer.from('xabcx'), 1, 3, 2);
      nodeFiles.resize(fd, 8);
      const bytes = Buffer.alloc(10, 0xff);
      expect(nodeFiles.read(fd, bytes, 1, 9, 1)).to.equal(7);
      expect(bytes.toString('latin1')).to.equal('\xff\0abc\0\0\0\xff\xff');
      expect(nodeFiles.status(fd)).to.deep.equal({ size: 8, links: 1 });
      nodeFiles.remove(`${folder}/f`);
      expect(nodeFiles.status(fd).links).to.equal(0);
      nodeFiles.close(fd);
      expect(nodeFiles.size(`${folder}/f`)).to.equal(undefined);
    });
  });

  it('tells the errno code of a failure', () => {
    withTemporaryFolder((folder) => {
      const codes = [
        () => nodeFiles.open(`${folder}/missing`, 'read'),
        () => nodeFiles.open(folder, 'update'),
        () => nodeFiles.read(999_999, Buffer.alloc(1), 0, 1, 0),
        () => nodeFiles.makeFolder('/dev/null/x'),
        () => nodeFiles.open(`${folder}/a\0b`, 'read'),
        () => [...nodeFiles.list(`${folder}/missing`)],
      ].map((call) => {
        try {
          call();
          return undefined;
        } catch (error) {
          return errorCode(error);
        }
      });
      expect(codes).to.deep.equal(['ENOENT', 'EISDIR', 'EBADF', 'ENOTDIR', 'EINVAL', 'ENOENT']);
    });
  });
});

describe('writeFileAtomic', () => {
  it('leaves the old bytes or the new ones, whichever call fails', () => {
    withTemporaryFolder((folder) => {
      const path = `${folder}/checkpoint`;
      for (let call = 1; ; call++) {
        writeFileSync(path, 'old');
        const faulty = new FaultyFiles(nodeFiles);
        faulty.killAt(call);
        let failed = false;
        try {
          writeFileAtomic(faulty.files, folder, path, Buffer.from('new'));
        } catch (error) {
          failed = errorCode(error) === 'KILLED';
        }
        expect(readFileSync(path, 'utf8')).to.equal(failed ? 'old' : 'new');
        expect(faulty.openNow).to.equal(0);
        if (!failed) break;
      }
      expect(existsSync(`${path}.new`)).to.equal(false);
    });
  });
});
