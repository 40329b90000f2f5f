import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { nodeFiles } from '../../../src/storage/node-files.js';
import { removeShardFolder, shardFolders } from '../../../src/storage/shard-folders.js';
import { withTemporaryFolder } from '../../support/temporary-folder.js';

describe('the folder of a shard', () => {
  function made(folder: string): { shards: string; outside: string } {
    const shards = join(folder, 'shards');
    const outside = join(folder, 'outside');
    mkdirSync(join(shards, '7', 'whisper', 'a', 'deep'), { recursive: true });
    mkdirSync(join(shards, '8'));
    mkdirSync(outside);
    for (const path of ['7/checkpoint.json', '7/gaps.json', '7/whisper/a/deep/b.wsp'])
      writeFileSync(join(shards, path), 'x');
    writeFileSync(join(outside, 'precious'), 'x');
    symlinkSync(outside, join(shards, '7', 'whisper', 'elsewhere'));
    symlinkSync(join(outside, 'precious'), join(shards, '7', 'whisper', 'precious.wsp'));
    symlinkSync(outside, join(shards, '9'));
    return { shards, outside };
  }

  it('is one with a number, and no link', () =>
    withTemporaryFolder((folder) => {
      const { shards } = made(folder);
      expect(shardFolders(nodeFiles, shards)).to.deep.equal([7, 8]);
      expect(shardFolders(nodeFiles, join(shards, 'none'))).to.deep.equal([]);
    }));

  it('is removed with all that is in it, and nothing that links in it lead to', () =>
    withTemporaryFolder((folder) => {
      const { shards, outside } = made(folder);
      for (const _ of removeShardFolder(nodeFiles, join(shards, '7')));
      expect(readdirSync(shards).sort()).to.deep.equal(['8', '9']);
      expect(readdirSync(outside)).to.deep.equal(['precious']);
      for (const _ of removeShardFolder(nodeFiles, join(shards, '8')));
      expect(readdirSync(shards)).to.deep.equal(['9']);
    }));

  it('has no checkpoint any more when only some of it is removed', () =>
    withTemporaryFolder((folder) => {
      const { shards } = made(folder);
      removeShardFolder(nodeFiles, join(shards, '7')).next();
      expect(existsSync(join(shards, '7', 'checkpoint.json'))).to.equal(false);
      expect(existsSync(join(shards, '7', 'whisper', 'a', 'deep', 'b.wsp'))).to.equal(true);
    }));
});
