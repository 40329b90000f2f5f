import { expect } from 'chai';
import { ProgressFile, type SavedProgress } from '../../../src/storage/progress-file.js';
import { MemoryFiles } from '../../support/memory-files.js';

const FOLDER = '/data/forwarder1/destinations';
const SAVED: SavedProgress[] = [
  { created: '2026-01-01T00:00:00Z', next: 17, gaps: [] },
  { created: '2026-01-01T00:00:01Z', next: 40, gaps: [[3, 9]] },
];

function put(files: MemoryFiles, path: string, text: string): void {
  const fd = files.open(path, 'replace');
  files.write(fd, Buffer.from(text), 0, text.length, 0);
  files.close(fd);
}

describe('ProgressFile', () => {
  it('is undefined before the first save', () => {
    const file = new ProgressFile(new MemoryFiles(), FOLDER, 'a:1');
    expect(file.load()).to.equal(undefined);
  });

  it('comes back as it was saved', () => {
    const files = new MemoryFiles();
    new ProgressFile(files, FOLDER, '10.0.0.1:2003:a').save(SAVED);
    new ProgressFile(files, FOLDER, '10.0.0.1:2003:b').save([]);
    expect(new ProgressFile(files, FOLDER, '10.0.0.1:2003:a').load()).to.deep.equal(SAVED);
    expect(files.openFiles).to.equal(0);
  });

  it('stays in its folder whatever the destination is called', () => {
    const files = new MemoryFiles();
    new ProgressFile(files, FOLDER, `../../etc/x:1:${'y'.repeat(1_000)}`).save(SAVED);
    const [path] = Object.keys(files.contents());
    expect(path.slice(FOLDER.length)).to.match(/^\/[^/]{1,205}$/);
  });

  for (const text of [
    '',
    '{',
    '{"version":2,"shards":[]}',
    '{"version":1,"shards":[{"next":1}]}',
  ]) {
    it(`refuses ${text || 'an empty file'}`, () => {
      const files = new MemoryFiles();
      files.makeFolder(FOLDER);
      put(files, `${FOLDER}/a%3A1.json`, text);
      expect(() => new ProgressFile(files, FOLDER, 'a:1').load())
        .to.throw(/move it away/)
        .with.property('code', 'PROGRESS_UNREADABLE');
    });
  }
});
