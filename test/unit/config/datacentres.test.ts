import { expect } from 'chai';
import { loadSettings, type Settings } from '../../../src/config/settings.js';

function load(text: string, env: Record<string, string> = {}, section?: string) {
  return loadSettings({ folder: 'conf', env, ...(section && { section }), read: () => text });
}

function settingsOf(...args: Parameters<typeof load>): Settings {
  const loaded = load(...args);
  if ('errors' in loaded) throw new Error(loaded.errors.join('\n'));
  return loaded.settings;
}

function problemOf(nats: string, cluster = ''): string {
  const loaded = load(`[cluster]\n${cluster}\n[nats]\n${nats}`);
  return 'errors' in loaded ? loaded.errors.join('\n') : 'none';
}

describe('settings of several datacentres', () => {
  const TEXT = [
    '[cluster]\nSHARDS = 8',
    '[cluster:west]\nMIRROR_FROM = east, north',
    '[nats:west]\nNATS_PORT = 4322',
    '[cache:west]\nLOCAL_DATA_DIR = data/west',
    '[cache:node1]\nLOCAL_DATA_DIR = /disk1',
  ].join('\n');
  const WEST = { CARBONBUS_DATACENTRE: 'west' };

  it('have sections of their own on top of the plain ones', () => {
    const west = settingsOf(TEXT, WEST);
    expect(west.cluster).to.deep.include({ datacentre: 'west', shardCount: 8 });
    expect(west.cluster.mirrorFrom).to.deep.equal(['east', 'north']);
    expect(west.nats.urls).to.deep.equal(['nats://127.0.0.1:4322']);
    expect(west.cache.localDataDir).to.equal('data/west');
    const plain = settingsOf(TEXT);
    expect(plain.cluster.mirrorFrom).to.deep.equal([]);
    expect([plain.nats.port, plain.cache.localDataDir]).to.deep.equal([4222, 'data']);
  });

  it('are chosen by DATACENTRE of the file as well, and give way to those of an instance', () => {
    const west = settingsOf(
      `${TEXT}\n[cluster:x]\n`.replace('SHARDS', 'DATACENTRE = west\nSHARDS'),
    );
    expect(west.nats.port).to.equal(4322);
    const node = settingsOf(TEXT, WEST, 'cache:node1');
    expect(node.cache.localDataDir).to.equal('/disk1');
    expect(node.nats.passwordFile).to.equal('data/west/nats-passwords.json');
  });

  it('name what does not fit together', () => {
    expect(problemOf('', 'MIRROR_FROM = dc1')).to.match(/MIRROR_FROM names dc1, this DATACENTRE/);
    expect(problemOf('', 'MIRROR_FROM = dc2, dc2')).to.match(/MIRROR_FROM .*distinct names/);
    expect(problemOf('LEAF_LISTEN = 0.0.0.0:7422')).to.match(/set LEAF_PASSWORD/);
    expect(problemOf('LEAF_LISTEN = 7422')).to.match(/LEAF_LISTEN = 7422: must be host:port/);
    expect(problemOf('LEAF_REMOTES = nats://a:1')).to.match(/nats-leaf:/);
    expect(problemOf('NATS_CLUSTER_LISTEN = 127.0.0.1:6222')).to.match(/NATS_CLUSTER_ROUTES/);
    expect(problemOf('STREAM_REPLICAS = 2')).to.match(/one of 1, 3, 5/);
    expect(problemOf('NATS_TLS_CERT = x')).to.match(/NATS_TLS_KEY/);
    expect(problemOf('NATS_SERVER_TLS_CA = x')).to.match(/NATS_SERVER_TLS_CERT/);
    expect(problemOf('NATS_USER = a\nNATS_NKEY_SEED = b')).to.match(/NATS_USER and NATS_NKEY_SEED/);
    expect(problemOf('NATS_PRODUCERS = a:b, a:c')).to.match(/each name once/);
    expect(problemOf('LEAF_LISTEN = 127.0.0.1:7422')).to.equal('none');
  });

  it('list the servers of several other datacentres', () => {
    const remotes = 'nats-leaf://a1:7422 nats-leaf://a2:7422, nats-leaf://b:7422';
    expect(settingsOf(`[nats]\nLEAF_REMOTES = ${remotes}`).nats.leafRemotes).to.deep.equal([
      ['nats-leaf://a1:7422', 'nats-leaf://a2:7422'],
      ['nats-leaf://b:7422'],
    ]);
  });

  it('warn of a nats-server that takes points from whoever reaches it', () => {
    const warnings = (text: string) => load(`[nats]\n${text}`).warnings.join();
    expect(warnings('NATS_INTERFACE = 0.0.0.0')).to.match(/NATS_ANONYMOUS_PRODUCERS/);
    expect(warnings('NATS_INTERFACE = 0.0.0.0\nNATS_ANONYMOUS_PRODUCERS = no')).to.equal('');
  });
});
