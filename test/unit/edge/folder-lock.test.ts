import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { lockFolder } from '../../../src/edge/folder-lock.js';

const OTHER = `
  import { lockFolder } from '${new URL('../../../src/edge/folder-lock.js', import.meta.url)}';
  const holder = await lockFolder(process.argv[1], 'node node1, process ' + process.pid);
  console.log(holder ?? 'locked');
  process.stdin.resume();
`;

describe('lockFolder', () => {
  let identities = 0;
  const fresh = (): string => `test:${process.pid}:${++identities}`;

  before(function () {
    if (process.platform !== 'linux') this.skip();
  });

  it('gives a folder to one process, and others the name of that one', async () => {
    const identity = fresh();
    expect(await lockFolder(identity, 'node node1, process 7')).to.equal(undefined);
    expect(await lockFolder(identity, 'node node1, process 8')).to.equal('node node1, process 7');
    expect(await lockFolder(fresh(), 'node node1, process 8')).to.equal(undefined);
  });

  it('gives it to the next one as soon as that process is killed', async () => {
    const identity = fresh();
    const child = spawn(process.execPath, ['--input-type=module', '-e', OTHER, identity]);
    expect(String((await once(child.stdout, 'data'))[0])).to.equal('locked\n');
    expect(await lockFolder(identity, 'us')).to.equal(`node node1, process ${child.pid}`);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await lockFolder(identity, 'us')).to.equal(undefined);
  });

  it('tells of one that does not answer, too', async () => {
    const identity = fresh();
    const child = spawn(process.execPath, ['--input-type=module', '-e', OTHER, identity]);
    await once(child.stdout, 'data');
    child.kill('SIGSTOP');
    expect(await lockFolder(identity, 'us')).to.equal('another process');
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
});
