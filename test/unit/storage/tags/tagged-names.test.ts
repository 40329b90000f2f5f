import { expect } from 'chai';
import { type MarkedName, TaggedNames } from '../../../../src/storage/tags/tagged-names.js';
import { MemoryFiles } from '../../../support/memory-files.js';

const PATH = '/data/node1/shards/0/tagged-names';

function read(files: MemoryFiles): MarkedName[] {
  return [...new TaggedNames(files, PATH).read()];
}

function noted(files: MemoryFiles, ...names: string[]): TaggedNames {
  const taggedNames = new TaggedNames(files, PATH);
  for (const name of names) taggedNames.note('+', name);
  taggedNames.flush();
  return taggedNames;
}

const plus = (name: string): MarkedName => ({ mark: '+', name });

describe('TaggedNames', () => {
  it('reads what was noted, in the order of the notes', () => {
    const files = new MemoryFiles();
    expect(read(files)).to.deep.equal([]);
    const names = noted(files, 'cpu;dc=ams', 'odd;a=\\n\n\\;b=ü');
    names.note('-', 'cpu;dc=ams');
    names.note('=', 'plain');
    names.flush();
    noted(files, 'cpu;dc=fra');
    expect(read(files)).to.deep.equal([
      plus('cpu;dc=ams'),
      plus('odd;a=\\n\n\\;b=ü'),
      { mark: '-', name: 'cpu;dc=ams' },
      { mark: '=', name: 'plain' },
      plus('cpu;dc=fra'),
    ]);
  });

  it('leaves out a torn end, wherever it is torn, and goes on behind it', () => {
    const whole = new MemoryFiles();
    noted(whole, 'a;t=1', 'b;t=2');
    const bytes = whole.readAll(PATH);
    for (let length = 0; length < bytes.length; length++) {
      const files = new MemoryFiles();
      files.put(PATH, bytes.subarray(0, length));
      const survivors = read(files);
      noted(files, 'c;t=3');
      expect(read(files), `${length} bytes`).to.deep.equal([...survivors, plus('c;t=3')]);
      expect(survivors.every(({ name }) => ['a;t=1', 'b;t=2'].includes(name))).to.equal(true);
    }
  });

  it('leaves out damaged lines, and says how many', () => {
    const files = new MemoryFiles();
    noted(files, 'a;t=1', 'b;t=2', 'c;t=3');
    const bytes = files.readAll(PATH);
    bytes[bytes.length / 3 + 12] ^= 1;
    files.put(PATH, bytes);
    const names = new TaggedNames(files, PATH);
    expect([...names.read()]).to.deep.equal([plus('a;t=1'), plus('c;t=3')]);
    expect(names).to.include({ lines: 3, damaged: 1 });
  });

  it('keeps what a full disk refuses for the next time', () => {
    const files = new MemoryFiles();
    const names = noted(files, 'a;t=1');
    files.refuseChanges('ENOSPC');
    names.note('+', 'b;t=2');
    expect(() => names.flush())
      .to.throw()
      .with.property('code', 'ENOSPC');
    files.heal();
    names.flush();
    names.flush();
    expect(read(files)).to.deep.equal([plus('a;t=1'), plus('b;t=2')]);
  });

  it('is replaced whole', () => {
    const files = new MemoryFiles();
    const names = noted(files, 'a;t=1', 'b;t=2');
    names.replace([plus('b;t=2')]);
    names.note('+', 'c;t=3');
    names.flush();
    expect(read(files)).to.deep.equal([plus('b;t=2'), plus('c;t=3')]);
  });
});
