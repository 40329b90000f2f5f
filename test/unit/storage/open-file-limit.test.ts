import { expect } from 'chai';
import type { CarbonbusError } from '../../../src/errors.js';
import { openFilesMax, requireOpenFiles } from '../../../src/storage/open-file-limit.js';
import { MemoryFiles } from '../../support/memory-files.js';

/** A system whose `/proc/self/limits` says so. */
function limitedTo(limit: number | 'unlimited'): MemoryFiles {
  const files = new MemoryFiles();
  const text = Buffer.from(
    `Limit  Soft Limit  Hard Limit\nMax open files  ${limit}  4096  files\n`,
  );
  files.makeFolder('/proc/self');
  const fd = files.open('/proc/self/limits', 'replace');
  files.write(fd, text, 0, text.length, 0);
  files.close(fd);
  return files;
}

describe('the limit of open files', () => {
  it('is left to whisper files but for a reserve', () => {
    expect(openFilesMax(limitedTo(1_024))).to.equal(512);
    expect(openFilesMax(limitedTo(20_000))).to.equal(19_000);
    expect(openFilesMax(limitedTo('unlimited'))).to.equal(999_000);
  });

  it('is taken as the usual one where the system does not tell it', () => {
    expect(openFilesMax(new MemoryFiles())).to.equal(512);
  });

  it('is refused with a remedy where no role can start with it', () => {
    let error: CarbonbusError | undefined;
    try {
      requireOpenFiles(limitedTo(64));
    } catch (thrown) {
      error = thrown as CarbonbusError;
    }
    expect(error).to.include({ code: 'FEW_OPEN_FILES' });
    expect(error?.message).to.contain('64').and.to.contain('ulimit -n');
    expect(() => requireOpenFiles(limitedTo(256))).not.to.throw();
  });
});
