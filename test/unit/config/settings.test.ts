import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { loadSettings, type Settings } from '../../../src/config/settings.js';

interface Conditions {
  section?: string;
  env?: Record<string, string>;
}

function load(text: string, conditions: Conditions = {}) {
  return loadSettings({
    folder: 'conf',
    env: {},
    ...conditions,
    read: (path) => (path === 'conf/carbon.conf' ? text : undefined),
  });
}

function settingsOf(text: string, conditions: Conditions = {}): Settings {
  const loaded = load(text, conditions);
  if ('errors' in loaded) throw new Error(loaded.errors.join('\n'));
  return loaded.settings;
}

function errorsOf(text: string, conditions: Conditions = {}): readonly string[] {
  const loaded = load(text, conditions);
  return 'errors' in loaded ? loaded.errors : [];
}

describe('settings', () => {
  it('has defaults for the local cluster', () => {
    const { cluster, nats, relay, cache, api } = settingsOf('');
    expect(cluster.nodes).to.deep.equal([
      { name: 'node1', zone: 'zone1' },
      { name: 'node2', zone: 'zone2' },
      { name: 'node3', zone: 'zone3' },
    ]);
    expect(cluster).to.include({
      datacentre: 'dc1',
      shardCount: 16,
      replicationFactor: 2,
      epoch: 1,
    });
    expect(nats.urls).to.deep.equal(['nats://127.0.0.1:4222']);
    expect(nats.shardLogMaxAgeMs).to.equal(86_400_000);
    expect(relay).to.include({ lineReceiverPort: 2003, enableUdpListener: true });
    expect(relay).to.include({ flushIntervalMs: 100, batchBytes: 917_504, windowBytes: 8_388_608 });
    expect(cache).to.include({ localDataDir: 'data', cacheQueryPort: 7002, writeDelayMs: 10_000 });
    expect(api).to.include({ httpInterface: '127.0.0.1', httpPort: 8080 });
  });

  it('reads the file that is shipped, to the same values as the defaults and without a warning', () => {
    const text = readFileSync('config/carbon.conf', 'utf8');
    expect(load(text)).to.deep.include({ warnings: [], notes: [] });
    expect(settingsOf(text)).to.deep.equal(settingsOf(''));
  });

  it('is frozen throughout', () => {
    const settings = settingsOf('');
    expect(settings).to.be.frozen;
    for (const section of Object.values(settings)) expect(section).to.be.frozen;
    expect(settings.cluster.nodes).to.be.frozen;
    expect(settings.cluster.nodes[0]).to.be.frozen;
    expect(settings.nats.urls).to.be.frozen;
  });

  it('reads an instance on top of its section, wherever it stands in the file', () => {
    const text = [
      '[cache:b]',
      'CACHE_QUERY_PORT = 7102',
      '[cache]',
      'CACHE_QUERY_PORT = 7002',
      'WRITE_DELAY = 3',
      '[cache:c]',
      'WRITE_DELAY = 99',
    ].join('\n');
    expect(settingsOf(text, { section: 'cache:b' }).cache).to.include({
      cacheQueryPort: 7102,
      writeDelayMs: 3000,
    });
    expect(settingsOf(text).cache.cacheQueryPort).to.equal(7002);
    expect(settingsOf(text, { section: 'relay:b' }).cache.cacheQueryPort).to.equal(7002);
  });

  it('lets the environment override the file, for a section before for all', () => {
    const env = {
      CARBONBUS_LINE_RECEIVER_PORT: '12003',
      CARBONBUS_CARBON_METRIC_INTERVAL: '5',
      CARBONBUS_RELAY_CARBON_METRIC_INTERVAL: '7',
    };
    const settings = settingsOf('[relay]\nLINE_RECEIVER_PORT = 2013', { env });
    expect(settings.relay.lineReceiverPort).to.equal(12_003);
    expect(settings.relay.carbonMetricIntervalMs).to.equal(7000);
    expect(settings.cache.carbonMetricIntervalMs).to.equal(5000);
  });

  it('finds NATS at NATS_PORT unless it is told otherwise', () => {
    expect(settingsOf('[nats]\nNATS_PORT = 5222').nats.urls).to.deep.equal([
      'nats://127.0.0.1:5222',
    ]);
    const elsewhere = '[nats]\nNATS_PORT = 5222\nNATS_URL = nats://a:1, tls://b:2';
    expect(settingsOf(elsewhere).nats.urls).to.deep.equal(['nats://a:1', 'tls://b:2']);
  });

  it('refuses an address of NATS that cannot be, in the file and in the environment', () => {
    for (const [key, value] of [
      ['NATS_INTERFACE', '['],
      ['NATS_URL', 'nats://a:99999'],
      ['NATS_URL', 'nats://256.1.1.1'],
      ['LEAF_REMOTES', 'nats-leaf://a:99999'],
    ]) {
      for (const errors of [
        errorsOf(`[nats]\n${key} = ${value}\n`),
        errorsOf('', { env: { [`CARBONBUS_${key}`]: value } }),
      ]) {
        expect(errors, key).to.have.length(1);
        expect(errors[0]).to.contain(`${key} = ${value}: must be `);
      }
    }
  });

  it('reads option names in any case, and the forms of values that Carbon allows', () => {
    const text = [
      '[relay]',
      'line_receiver_port=2013',
      'ENABLE_UDP_LISTENER: no',
      'MAX_RECEIVER_CONNECTIONS = inf',
      'WINDOW_BYTES = 16 MiB',
      '[cache]',
      'MAX_CACHE_SIZE = inf',
      'WHISPER_SPARSE_CREATE = TRUE',
    ].join('\n');
    const { relay, cache } = settingsOf(text);
    expect(relay).to.include({ lineReceiverPort: 2013, enableUdpListener: false });
    expect(relay).to.include({ maxReceiverConnections: 10_000, windowBytes: 16 * 2 ** 20 });
    expect(cache).to.include({ maxCacheSizePoints: 2_000_000, whisperSparseCreate: true });
  });

  it('reports every error at once, each with its place and a remedy', () => {
    const text = [
      '[cluster]',
      'NODES = node1:zone1, node/2',
      'SHARDS = 0',
      '[relay]',
      'LINE_RECEIVER_PORT = 65536',
      'FLUSH_INTERVAL = 0.1 # seconds',
    ].join('\n');
    const errors = errorsOf(text, { env: { CARBONBUS_HTTP_PORT: 'web' } });
    expect(errors).to.have.length(5);
    expect(errors[1]).to.match(/^conf\/carbon\.conf:2: \[cluster\] NODES = .*"node\/2" is not/);
    expect(errors[0]).to.match(
      /^conf\/carbon\.conf:3: \[cluster\] SHARDS = 0: must be .*1 to 1024/,
    );
    expect(errors[2]).to.match(/^conf\/carbon\.conf:5: \[relay\] LINE_RECEIVER_PORT = 65536: /);
    expect(errors[3]).to.match(/:6: .*a comment needs a line of its own/);
    expect(errors[4]).to.match(/^environment: CARBONBUS_HTTP_PORT = web: must be a port/);
  });

  it('refuses settings that contradict each other', () => {
    expect(errorsOf('[cluster]\nNODES = a:z1, b:z2\nREPLICATION_FACTOR = 3')).to.have.length(1);
    expect(errorsOf('[cluster]\nNODES = a:z1, a:z2\nREPLICATION_FACTOR = 1')[0]).to.contain(
      'twice',
    );
    expect(errorsOf('[relay]\nBATCH_BYTES = 65536\nWINDOW_BYTES = 65536')[0]).to.contain('WINDOW');
    expect(errorsOf('[nats]\nNATS_MONITOR_PORT = 4222')[0]).to.contain('NATS_MONITOR_PORT');
    expect(errorsOf('[relay]\nDESTINATION_TRANSPORT = udp')[0]).to.contain('PROTOCOL = line');
    expect(errorsOf('[nats]\nNATS_PASSWORD = x')[0]).to.contain('NATS_USER');
  });

  it('takes ports that there are', () => {
    expect(errorsOf('[relay]\nLINE_RECEIVER_PORT = 65536')[0]).to.match(
      /a port, 1 to 65535; 0 turns/,
    );
    for (const destination of ['h:0', 'h:65536:a', '[::1]:99999'])
      expect(errorsOf(`[relay]\nDESTINATIONS = h:1, ${destination}`)[0], destination).to.contain(
        `a list of ports from 1 to 65535 (${destination} has none)`,
      );
  });

  it('says which file is missing or not in the form of a configuration file', () => {
    const missing = loadSettings({ folder: 'nowhere/', env: {}, read: () => undefined });
    expect(missing).to.have.property('errors').with.length(1);
    expect('errors' in missing && missing.errors[0]).to.match(
      /^nowhere\/carbon\.conf: no such file/,
    );
    expect(errorsOf('[relay]\nLINE_RECEIVER_PORT')[0]).to.match(/^conf\/carbon\.conf:2: /);
    expect(errorsOf('[api]\nHTTP_PORT = 1\nhttp_port = 2')[0]).to.match(/:3: .*already/);
    const several = errorsOf('x = 1\n[relay]\nLINE_RECEIVER_PORT\n[api]\n[relay]\n', {
      env: { CARBONBUS_HTTP_PORT: 'web' },
    });
    expect(several.map((error) => error.slice(0, 18))).to.deep.equal([
      'conf/carbon.conf:1',
      'conf/carbon.conf:3',
      'conf/carbon.conf:5',
      'environment: CARBO',
    ]);
    expect(errorsOf('[cache]\nLINE_RECEIVER_PORT = 5%')).to.have.length(1);
    const mixed = errorsOf('[relay]\nLINE_RECEIVER_PORT 2003\nPICKLE_RECEIVER_PORT = x\n');
    expect(mixed.map((error) => error.slice(0, 18))).to.deep.equal([
      'conf/carbon.conf:2',
      'conf/carbon.conf:3',
    ]);
  });

  it('warns of what has no effect, with the name that was probably meant', () => {
    const text = [
      '[relay]',
      'LINE_RECIEVER_PORT = 2013',
      'USE_RATIO_RESET = True',
      'MIN_RESET_RATIO = 0.8',
      'HTTP_PORT = 1',
      '[aggregator]',
      'FORWARD_ALL = True',
      '[caches]',
      'X = 1',
    ].join('\n');
    const { warnings, notes } = load(text, { env: { CARBONBUS_HTP_PORT: '1', OTHER: 'x' } });
    expect(warnings[0]).to.match(/:2: .*LINE_RECIEVER_PORT is unknown; .*LINE_RECEIVER_PORT/);
    expect(warnings[1]).to.match(/:5: .*HTTP_PORT .* belongs in \[api\]/);
    expect(warnings[2]).to.match(/:8: \[caches\] is not read: did you mean \[cache\]\?/);
    expect(warnings[3]).to.match(/CARBONBUS_HTP_PORT is unknown; .*CARBONBUS_HTTP_PORT/);
    expect(warnings).to.have.length(4);
    expect(notes[0]).to.match(
      /\[relay\] USE_RATIO_RESET \(line 3\), MIN_RESET_RATIO \(line 4\) have no effect: ./,
    );
    expect(notes[1]).to.match(/:6: \[aggregator\] is not read/);
    expect(notes).to.have.length(2);
  });

  it('warns of sections that no node reads, and of no others', () => {
    const text = [
      '[cluster]',
      'NODES = a:z1, b:z2',
      'DATACENTRE = east',
      'MIRROR_FROM = north',
      '[cluster:west]',
      'NODES = w1:z1, w2:z1',
      ...['a', 'x', 'east', 'west', 'north', 'w2'].map((name) => `[cache:${name}]`),
      '[relay:x]',
      '[api:x]',
    ].join('\n');
    expect(load(text).warnings).to.deep.equal([
      'conf/carbon.conf:8: [cache:x] is read by no node, as NODES (a, b) does not have x: name one of these, or add x to NODES and start `carbonbus node --name x`',
    ]);
  });

  it('refuses TLS without a certificate or a key, and warns where none is spoken', () => {
    expect(errorsOf('[api]\nAPI_TLS = http\nAPI_TLS_KEY = k')[0]).to.match(
      /API_TLS_CERTIFICATE and API_TLS_KEY/,
    );
    expect(errorsOf('[relay]\nDESTINATION_SSL_KEY = k')[0]).to.match(/DESTINATION_SSL_CERT/);
    const idle = load('[relay]\nRECEIVER_TLS_CLIENT_CA = ca\nDESTINATION_SSL_CA = ca').warnings;
    expect(idle.map((warning) => warning.split(' ')[0])).to.deep.equal([
      'RECEIVER_TLS',
      'DESTINATION_TRANSPORT',
    ]);
  });

  it('makes no suggestion for what is like nothing', () => {
    const { warnings } = load('[api]\nZZZZ = 1');
    expect(warnings).to.deep.equal([
      'conf/carbon.conf:2: [api] ZZZZ is unknown; `carbonbus config` lists all settings',
    ]);
  });

  it('names the section of a role whose section has another name, and all where none is near', () => {
    const { warnings } = load('[node:node9]\n[forwarder]\n[relays:b]\n[storage]\n');
    expect(warnings).to.deep.equal([
      'conf/carbon.conf:1: [node:node9] is not read: a node reads [cache:node9], over [cache]',
      'conf/carbon.conf:2: [forwarder] is not read: a forwarder reads [relay]',
      'conf/carbon.conf:3: [relays:b] is not read: did you mean [relay:b]?',
      'conf/carbon.conf:4: [storage] is not read: the sections are [cluster], [nats], [relay], [cache], [api], and those of one instance, such as [cache:node1]',
    ]);
  });

  it('suggests settings of every section for a mistyped one, and says where they belong', () => {
    const text =
      '[cache]\nLINE_RECEIVER_PORTT = 1\nHTTP_PROT = 1\nLOG_UPDATE = True\n[cache:node1]\nLINE_RECEIVER_PORTT = 1\n';
    const meant = load(text).warnings.map((warning) => warning.split('; ')[1]);
    expect(meant[0]).to.equal('did you mean LINE_RECEIVER_PORT?');
    expect(meant[1]).to.equal('did you mean HTTP_PORT? It belongs in [api]');
    expect(meant[2]).to.match(/^did you mean LOG_UPDATES\? That has no effect: a role logs to /);
    expect(meant[3]).to.equal('did you mean LINE_RECEIVER_PORT? It belongs in [relay]');
  });

  it('takes what [cache] says of receivers for the relay, where [relay] does not say it', () => {
    const text = [
      '[cache]',
      'LINE_RECEIVER_INTERFACE = 0.0.0.0',
      'LINE_RECEIVER_PORT = 2003',
      'ENABLE_UDP_LISTENER = False',
      '[cache:b]',
      'LINE_RECEIVER_PORT = 2103',
      '[relay]',
      'LINE_RECEIVER_PORT = 2013',
      '[cluster]',
      'NODES = a:z, b:z',
    ].join('\n');
    expect(settingsOf(text).relay).to.include({
      lineReceiverInterface: '0.0.0.0',
      lineReceiverPort: 2013,
      enableUdpListener: false,
    });
    const { warnings } = load(text);
    expect(warnings).to.have.length(2);
    expect(warnings[0]).to.match(/:3: \[cache\] .*relay.* says 2013 \(line 8\)/);
    expect(warnings[1]).to.match(/:6: \[cache:b\] .*belongs in \[relay\]/);
  });

  it('says of each setting as what it counts and where that stands', () => {
    const text = '[cache]\nMAX_CACHE_SIZE = inf\n[cache:b]\nWRITE_DELAY = 1\n[nats]\nNATS_USER = u';
    const env = { CARBONBUS_NATS_PASSWORD: 'p' };
    const loaded = load(text, { section: 'cache:b', env });
    if ('errors' in loaded) throw new Error(loaded.errors.join('\n'));
    const of = (key: string) => loaded.effective.find((setting) => setting.key === key);
    expect(of('MAX_CACHE_SIZE')).to.deep.equal({
      section: 'cache',
      key: 'MAX_CACHE_SIZE',
      field: 'maxCacheSizePoints',
      text: 'inf',
      from: 'file',
      place: 'conf/carbon.conf:2: [cache] MAX_CACHE_SIZE',
      isSecret: false,
    });
    expect(of('WRITE_DELAY')?.place).to.equal('conf/carbon.conf:4: [cache:b] WRITE_DELAY');
    expect(of('SHARDS')).to.include({ text: '16', from: 'default', place: '' });
    expect(of('NATS_PASSWORD')).to.include({ from: 'environment', isSecret: true });
    expect(loaded.instances).to.deep.equal(['cache:b']);
  });

  it('takes a folder with or without the slash at its end', () => {
    const dataOf = (folder: string) =>
      settingsOf(`[cache]\nLOCAL_DATA_DIR = ${folder}`).cache.localDataDir;
    expect(['/a/b/', '/a/b', '/'].map(dataOf)).to.deep.equal(['/a/b', '/a/b', '/']);
  });
});
