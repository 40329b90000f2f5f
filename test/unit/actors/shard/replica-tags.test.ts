import { expect } from 'chai';
import type { TagAnswer } from '../../../../src/protocols/messages.js';
import { ALL_WRITTEN_MS, type FakeReplica, FOLDER, opened } from '../../../support/fake-replica.js';
import { settled } from '../../../support/fake-time.js';

const NAMES = ['cpu;dc=ams;host=a1', 'cpu;dc=fra;host=f1'];
const FILE = `${FOLDER}/tagged-names`;

async function series(replica: FakeReplica, ...expressions: string[]): Promise<string[]> {
  const { texts } = await replica.runner.ask<TagAnswer>((reply, fail) => ({
    type: 'tags',
    question: { of: 'series', expressions, prefix: '', pattern: '', limit: 100 },
    reply,
    fail,
  }));
  return texts.sort();
}

function change(replica: FakeReplica, names: { register?: string[]; remove?: string[] }) {
  return replica.runner.ask<null>((reply, fail) => ({
    type: 'changeTags',
    register: names.register ?? [],
    remove: names.remove ?? [],
    reply,
    fail,
  }));
}

async function restarted(replica: FakeReplica): Promise<FakeReplica> {
  const next = replica.killedAndRestarted();
  await settled();
  return next;
}

/** A replica whose two tagged metrics are in files, and covered by the checkpoint. */
async function written(): Promise<FakeReplica> {
  const replica = await opened();
  replica.append([NAMES[0], replica.nowS, 1], [NAMES[1], replica.nowS, 1]);
  await replica.pass(ALL_WRITTEN_MS);
  expect(replica.savedSequence()).to.equal(1);
  return replica;
}

describe('tags of a replica', () => {
  it('are known with the first points', async () => {
    const replica = await opened();
    replica.append([NAMES[0], replica.nowS, 1], ['a.b', replica.nowS, 1]);
    await settled();
    expect(await series(replica, 'name=cpu')).to.deep.equal([NAMES[0]]);
    expect(await series(replica, 'name=~.')).to.deep.equal([NAMES[0]]);
  });

  it('are found after a restart, though files are named by hashes', async () => {
    const replica = await restarted(await written());
    expect(replica.log.readFrom.at(-1)).to.equal(2);
    expect(await series(replica, 'name=cpu')).to.deep.equal(NAMES);
    expect(await replica.find(NAMES[1])).to.deep.equal([NAMES[1]]);
    expect(await replica.fetch(NAMES[1], 300)).to.have.length(1);
  });

  it('are noted before the file is there', async () => {
    const replica = await opened();
    replica.append([NAMES[0], replica.nowS, 1]);
    await settled();
    replica.files.refuse('ENOSPC', ['create', 'write'], 'tagged-names');
    await replica.pass(ALL_WRITTEN_MS);
    expect(replica.whisper()).to.deep.equal({});
    expect(replica.savedSequence() ?? 0).to.equal(0);
    expect(await series(replica, 'name=cpu')).to.deep.equal([NAMES[0]]);
    replica.files.heal();
    await replica.pass(ALL_WRITTEN_MS);
    expect(Object.keys(replica.whisper())).to.have.length(1);
    expect(await series(await restarted(replica), 'name=cpu')).to.deep.equal([NAMES[0]]);
  });

  it('come from the log again where their file was lost', async () => {
    const replica = await opened();
    replica.append([NAMES[0], replica.nowS, 1]);
    await replica.pass(100);
    const next = await restarted(replica);
    expect(await series(next, 'name=cpu')).to.deep.equal([NAMES[0]]);
  });

  it('go with a file that somebody removed, at the next start', async () => {
    const replica = await written();
    for (const path of Object.keys(replica.whisper()).slice(0, 1)) replica.files.remove(path);
    expect(await series(await restarted(replica), 'name=cpu')).to.have.length(1);
  });

  it('are taken off, and come back with the next point', async () => {
    const replica = await written();
    await change(replica, { remove: [NAMES[0], 'nosuch;a=b'] });
    expect(await series(replica, 'name=cpu')).to.deep.equal([NAMES[1]]);
    const next = await restarted(replica);
    expect(await series(next, 'name=cpu')).to.deep.equal([NAMES[1]]);
    next.append([NAMES[0], next.nowS, 2]);
    await settled();
    expect(await series(next, 'name=cpu')).to.deep.equal(NAMES);
    await change(next, { remove: [NAMES[1]] });
    next.append([NAMES[1], next.nowS, 2]);
    await next.pass(ALL_WRITTEN_MS);
    expect(await series(next, 'name=cpu')).to.deep.equal(NAMES);
    expect(await series(await restarted(next), 'name=cpu')).to.deep.equal(NAMES);
  });

  it('are registered without points, and keep that over a restart', async () => {
    const replica = await opened();
    await change(replica, { register: ['plain', 'x;a=1'] });
    const next = await restarted(replica);
    expect(await series(next, 'name=~plain|x')).to.deep.equal(['plain', 'x;a=1']);
    expect(await next.find('*')).to.deep.equal([]);
    next.append(['plain', next.nowS, 1]);
    await settled();
    expect(await next.find('*')).to.deep.equal(['plain']);
  });

  it('say when the disk takes no change', async () => {
    const replica = await written();
    replica.files.refuseChanges('EROFS', 'tagged-names');
    const refused = await change(replica, { register: ['x;a=1'] }).catch((error) => error);
    expect(refused).to.have.property('code', 'EROFS');
  });

  it('keep their file short', async () => {
    const replica = await written();
    const line = Buffer.from(replica.files.readAll(FILE)).toString().split('\n')[0];
    replica.files.put(FILE, Buffer.from(`${line}\n`.repeat(20_000)));
    const next = await restarted(replica);
    expect(await series(next, 'name=cpu')).to.deep.equal([NAMES[0]]);
    expect(replica.files.size(FILE)).to.equal(line.length + 1);
  });
});
