import { expect } from 'chai';
import { type Checkpoint, CheckpointFile } from '../../../src/storage/checkpoint.js';
import { nodeFiles } from '../../../src/storage/node-files.js';
import { MemoryFiles } from '../../support/memory-files.js';
import { withTemporaryFolder } from '../../support/temporary-folder.js';

const PATH = '/data/shards/3/checkpoint.json';
const MIRRORED = { stream: 'SHARD_3_FROM_dc2', created: '2026-01-02T00:00:00Z', sequence: 7 };

/** The checkpoints of a replica that reads two logs. */
function checkpoints(sequence: number): Checkpoint {
  const own = { stream: 'SHARD_3', created: '2026-01-01T00:00:00Z', sequence };
  return { logs: [own, MIRRORED] };
}

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return undefined;
}

describe('CheckpointFile', () => {
  it('is undefined before the first save', () => {
    expect(new CheckpointFile(new MemoryFiles(), PATH).load()).to.deep.equal({ logs: [] });
  });

  it('comes back as it was saved, the last save wins', () => {
    const files = new MemoryFiles();
    const file = new CheckpointFile(files, PATH);
    file.save(checkpoints(41));
    file.save(checkpoints(42));
    expect(new CheckpointFile(files, PATH).load()).to.deep.equal(checkpoints(42));
    expect(Object.keys(files.contents())).to.deep.equal([PATH]);
    expect(files.openFiles).to.equal(0);
  });

  it('makes its folder on a real disk', () => {
    withTemporaryFolder((folder) => {
      const file = new CheckpointFile(nodeFiles, `${folder}/new/3/checkpoint.json`);
      expect(file.load()).to.deep.equal({ logs: [] });
      file.save(checkpoints(42));
      expect(file.load()).to.deep.equal(checkpoints(42));
    });
  });

  it('reads what was saved when a replica had one log', () => {
    const files = new MemoryFiles();
    files.put(PATH, Buffer.from('{"version":1,"stream":"SHARD_3","created":"c","sequence":11}\n'));
    expect(new CheckpointFile(files, PATH).load()).to.deep.equal({
      logs: [{ stream: 'SHARD_3', created: 'c', sequence: 11 }],
    });
  });

  it('says what coarse archives are owed, as long as they are', () => {
    const file = new CheckpointFile(new MemoryFiles(), PATH);
    const owing = { ...checkpoints(42), owed: { fromS: 1_700_000_000, toS: 1_700_003_600 } };
    file.save(owing);
    expect(file.load()).to.deep.equal(owing);
    file.save(checkpoints(43));
    expect(file.load()).to.deep.equal(checkpoints(43));
  });

  it('keeps sequences beyond 32 bits', () => {
    const file = new CheckpointFile(new MemoryFiles(), PATH);
    file.save(checkpoints(2 ** 52 + 1));
    expect(file.load().logs[0].sequence).to.equal(2 ** 52 + 1);
  });

  for (const [what, text] of [
    ['empty', ''],
    ['cut off', '{"version":1,"stream":"SHARD_3","crea'],
    ['zeros', '\0\0\0\0'],
    ['null', 'null'],
    ['of another version', '{"version":3,"logs":[]}'],
    ['without logs', '{"version":2,"stream":"s","created":"c","sequence":1}'],
    ['of logs that are none', '{"version":2,"logs":[null]}'],
    ['of a log without a sequence', '{"version":2,"logs":[{"stream":"s","created":"c"}]}'],
    ['without a sequence', '{"version":1,"stream":"s","created":"c"}'],
    ['of a broken sequence', '{"version":1,"stream":"s","created":"c","sequence":1.5}'],
    ['of a time that is none', '{"version":2,"logs":[],"owed":{"fromS":5}}'],
    ['of a time that ends before it begins', '{"version":2,"logs":[],"owed":{"fromS":5,"toS":4}}'],
    ['owing nothing that is known', '{"version":2,"logs":[],"owed":null}'],
    ['of a negative sequence', '{"version":1,"stream":"s","created":"c","sequence":-1}'],
  ]) {
    it(`says so when the file is ${what}`, () => {
      const files = new MemoryFiles();
      files.put(PATH, Buffer.from(text));
      expect(codeOf(() => new CheckpointFile(files, PATH).load())).to.equal(
        'CHECKPOINT_UNREADABLE',
      );
    });
  }

  it('passes on what the disk says', () => {
    const files = new MemoryFiles();
    const file = new CheckpointFile(files, PATH);
    file.save(checkpoints(42));
    files.refuse('EIO', ['readAll']);
    expect(codeOf(() => file.load())).to.equal('EIO');
  });

  for (const operation of ['makeFolder', 'create', 'write', 'rename']) {
    it(`keeps the old checkpoint when a save fails at ${operation}, and saves again later`, () => {
      const files = new MemoryFiles();
      const file = new CheckpointFile(files, PATH);
      file.save(checkpoints(42));
      files.refuse('ENOSPC', [operation]);
      expect(codeOf(() => file.save(checkpoints(43)))).to.equal('ENOSPC');
      expect(file.load()).to.deep.equal(checkpoints(42));
      expect(files.openFiles).to.equal(0);
      files.heal();
      file.save(checkpoints(43));
      expect(file.load().logs[0].sequence).to.equal(43);
    });
  }

  it('is not disturbed by a half of a file that a crash left behind', () => {
    const files = new MemoryFiles();
    const file = new CheckpointFile(files, PATH);
    file.save(checkpoints(42));
    files.put(`${PATH}.new`, Buffer.from(`{"version":1${' '.repeat(500)}`));
    expect(file.load()).to.deep.equal(checkpoints(42));
    file.save(checkpoints(43));
    expect(file.load().logs[0].sequence).to.equal(43);
    expect(files.has(`${PATH}.new`)).to.equal(false);
  });
});
