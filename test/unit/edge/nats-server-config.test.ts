import { expect } from 'chai';
import {
  isAtLeast,
  type NatsServerFacts,
  natsServerConfig,
  readNatsServerVersion,
} from '../../../src/edge/nats-server-config.js';

const FACTS: NatsServerFacts = {
  version: { major: 2, minor: 9, patch: 10 },
  serverName: 'dc1-nats',
  datacentre: 'dc1',
  host: '127.0.0.1',
  port: 4222,
  monitorPort: 8222,
  folder: '/var/lib/carbon bus/nats',
  fileStoreMaxBytes: 5_000_000_000,
  syncIntervalMs: 10_000,
  users: [],
};

describe('nats-server.conf', () => {
  it('listens on the loopback interface alone', () => {
    const text = natsServerConfig(FACTS);
    expect(text).to.contain('listen: "127.0.0.1:4222"').and.contain('http: "127.0.0.1:8222"');
  });

  it('keeps the store, the log and the pid file in the folder', () => {
    const text = natsServerConfig(FACTS);
    expect(text).to.contain('store_dir: "/var/lib/carbon bus/nats"\n');
    expect(text).to.contain('log_file: "/var/lib/carbon bus/nats/nats-server.log"');
    expect(text).to.contain('pid_file: "/var/lib/carbon bus/nats/nats-server.pid"');
    expect(text).to.contain('max_file_store: 5000000000\n');
  });

  it('says how often to sync only to a server that knows the field', () => {
    expect(natsServerConfig(FACTS)).not.to.contain('sync_interval');
    const version = { major: 2, minor: 10, patch: 0 };
    expect(natsServerConfig({ ...FACTS, version })).to.contain('sync_interval: "10000ms"\n');
    expect(natsServerConfig({ ...FACTS, version, syncIntervalMs: 0 })) //
      .to.contain('sync_interval: always\n');
  });

  it('asks for a password when there is one, whatever is in it', () => {
    expect(natsServerConfig(FACTS)).not.to.contain('authorization');
    const users = [{ user: 'me', password: 'a"} #$x' }];
    expect(natsServerConfig({ ...FACTS, users })).to.contain(
      '{ user: "me", password: "a\\"} #$x" }',
    );
  });
});

describe('nats-server.conf of several servers', () => {
  const leaf = {
    listen: '127.0.0.1:7422',
    remotes: [['nats-leaf://a1:7422', 'nats-leaf://a2:7422'], ['nats-leaf://b:7422']],
    password: 'p@ss/word',
    remoteTls: {},
  };

  it('has the name of its datacentre as its domain', () => {
    expect(natsServerConfig(FACTS)).to.contain('domain: "dc1"\n');
  });

  it('lets nothing but mirrors cross a leafnode, in both directions', () => {
    const text = natsServerConfig({ ...FACTS, leaf });
    const denied = '["metrics.>", "shard.>", "carbonbus.>"]';
    const both = `deny_imports: ${denied}, deny_exports: ${denied} }`;
    expect(text).to.contain(
      `{ urls: ["nats-leaf://leaf:p%40ss%2Fword@a1:7422", "nats-leaf://leaf:p%40ss%2Fword@a2:7422"], ${both}`,
    );
    expect(text.split(both)).to.have.length(3);
    expect(text).to.contain('authorization { user: leaf, password: "p@ss/word"');
  });

  it('names all servers of a cluster', () => {
    const cluster = { listen: '127.0.0.1:6222', routes: ['nats-route://a:6222'], password: 'x' };
    const text = natsServerConfig({ ...FACTS, cluster });
    expect(text).to.contain('name: "dc1"').and.contain('routes: ["nats-route://route:x@a:6222"]');
    expect(natsServerConfig(FACTS)).not.to.contain('cluster').and.not.contain('leafnodes');
  });

  it('asks for certificates where an authority is named', () => {
    const tls = { cert: '/c.pem', key: '/k.pem', ca: '' };
    expect(natsServerConfig({ ...FACTS, tls, leaf })).not.to.contain('verify');
    const text = natsServerConfig({ ...FACTS, tls: { ...tls, ca: '/ca.pem' }, leaf });
    expect(text.split('ca_file: "/ca.pem", verify: true')).to.have.length(3);
  });
});

describe('version of nats-server', () => {
  it('is read from its output', () => {
    expect(readNatsServerVersion('nats-server: v2.9.10\n')).to.deep.equal(FACTS.version);
    expect(readNatsServerVersion('nats-server: v2.10.27-beta.1')).to.include({ minor: 10 });
    expect(readNatsServerVersion('mosquitto version 2.0')).to.equal(undefined);
  });

  it('is compared by its parts, not as text', () => {
    expect(isAtLeast({ major: 2, minor: 9, patch: 10 }, 2, 10)).to.equal(false);
    expect(isAtLeast({ major: 2, minor: 10, patch: 0 }, 2, 10)).to.equal(true);
    expect(isAtLeast({ major: 3, minor: 0, patch: 0 }, 2, 10)).to.equal(true);
    expect(isAtLeast({ major: 1, minor: 99, patch: 0 }, 2, 9)).to.equal(false);
  });
});
