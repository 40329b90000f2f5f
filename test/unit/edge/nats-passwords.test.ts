import { expect } from 'chai';
import { loadSettings, type Settings } from '../../../src/config/settings.js';
import { natsPasswords, type PasswordFiles } from '../../../src/edge/nats-passwords.js';

function natsOf(...lines: string[]): Settings['nats'] {
  const text = ['[nats]', 'NATS_PASSWORD_FILE = /data/passwords', ...lines].join('\n');
  const loaded = loadSettings({ folder: '', env: {}, read: () => text });
  if ('errors' in loaded) throw new Error(loaded.errors.join('\n'));
  return loaded.settings.nats;
}

class FakeFiles implements PasswordFiles {
  readonly texts = new Map<string, string>();
  makeFolder(): void {}
  read(path: string): string | undefined {
    return this.texts.get(path);
  }
  createPrivate(path: string, text: string): boolean {
    if (this.texts.has(path)) return false;
    this.texts.set(path, text);
    return true;
  }
}

describe('passwords at NATS', () => {
  it('are made once where none is set, and are the same for all who look', () => {
    const files = new FakeFiles();
    const made = natsPasswords(natsOf(), files);
    expect(new Set([made.cluster, made.leaf, made.route]).size).to.equal(3);
    expect(natsPasswords(natsOf(), files)).to.deep.equal(made);
    expect(natsPasswords(natsOf(), new FakeFiles())).not.to.deep.equal(made);
  });

  it('are those of another process that made them at the same moment', () => {
    const files = new FakeFiles();
    const theirs = natsPasswords(natsOf(), new FakeFiles());
    files.createPrivate = (path) => {
      files.texts.set(path, JSON.stringify(theirs));
      return false;
    };
    expect(natsPasswords(natsOf(), files)).to.deep.equal(theirs);
  });

  it('that are set are taken, and no file is made for them', () => {
    const files = new FakeFiles();
    const nats = natsOf('NATS_USER = me', 'NATS_PASSWORD = mine');
    expect(natsPasswords(nats, files).cluster).to.equal('mine');
    expect(files.texts.size).to.equal(0);
    const linked = natsOf('NATS_USER = me', 'NATS_PASSWORD = mine', 'LEAF_LISTEN = 127.0.0.1:1');
    expect(natsPasswords(linked, files)).to.include({ cluster: 'mine' });
    expect(files.texts.size).to.equal(1);
  });

  it('are an error that asks for room where the disk is full', () => {
    const files = new FakeFiles();
    files.createPrivate = () => {
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    };
    expect(() => natsPasswords(natsOf(), files)).to.throw(/ENOSPC.*make room.*LOCAL_DATA_DIR/);
  });

  it('in a broken file are an error that names the setting', () => {
    const files = new FakeFiles();
    for (const text of ['', '{}', '{"cluster":"a","leaf":"b"}']) {
      files.texts.set('/data/passwords', text);
      expect(() => natsPasswords(natsOf(), files)).to.throw(/NATS_PASSWORD_FILE/);
    }
  });
});
