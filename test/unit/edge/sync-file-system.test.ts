import { expect } from 'chai';
import { SharedSync, syncFileSystems } from '../../../src/edge/sync-file-system.js';
import { settled } from '../../support/fake-time.js';

/** Syncs that end when they are told to. */
class HeldSyncs {
  readonly folders: (readonly string[])[] = [];
  readonly ends: ((error?: Error) => void)[] = [];
  readonly shared = new SharedSync((folders) => {
    this.folders.push(folders);
    return new Promise((resolve, reject) => {
      this.ends.push((error) => (error === undefined ? resolve() : reject(error)));
    });
  });
}

describe('syncs of file systems', () => {
  it('share one that begins after all of them were asked for', async () => {
    const { shared, folders, ends } = new HeldSyncs();
    const done: string[] = [];
    const ask = (folder: string): void => void shared.sync(folder).then(() => done.push(folder));
    ask('/a');
    await settled();
    for (const folder of ['/b', '/c', '/b']) ask(folder);
    await settled();
    expect(folders, 'while the first is under way').to.deep.equal([['/a']]);
    ends[0]();
    await settled();
    expect(done, 'it began before the others were asked for').to.deep.equal(['/a']);
    expect(folders).to.deep.equal([['/a'], ['/b', '/c']]);
    ends[1]();
    await settled();
    expect(done).to.deep.equal(['/a', '/b', '/c', '/b']);
  });

  it('go on after one that failed', async () => {
    const { shared, ends } = new HeldSyncs();
    const failing = shared.sync('/a').catch((error: Error) => error.message);
    await settled();
    const next = shared.sync('/a');
    ends[0](new Error('no disk'));
    expect(await failing).to.equal('no disk');
    await settled();
    ends[1]();
    await next;
  });

  it('are made by the system, which says what it cannot sync', async () => {
    await syncFileSystems([import.meta.dirname, '/']);
    const failure = await syncFileSystems(['/nowhere/at/all']).catch((error) => error);
    expect(failure).to.include({ code: 'SYNC_FAILED' });
    expect(failure.message).to.contain('/nowhere/at/all');
  });
});
