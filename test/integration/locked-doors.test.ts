import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { type ConnectionOptions, connect, type NatsConnection, nkeys } from 'nats';
import type { NatsAccess } from '../../src/edge/nats-access.js';
import { connectNats, requireJetStream } from '../../src/edge/nats-connection.js';
import { errorCode, errorText } from '../../src/errors.js';
import { FakeLogger } from '../support/fake-logger.js';
import { NatsRoleUnderTest } from '../support/nats-role.js';

/** The message of what is refused, `nothing` where it is not. */
const refusal = (work: Promise<unknown>): Promise<string> => work.then(() => 'nothing', errorText);

/** A connection of a process of the cluster, or why there is none. */
async function roleAt(access: NatsAccess, limitMs = 5_000): Promise<NatsConnection> {
  const connection = await connectNats(access, 'carbonbus test', new FakeLogger(), 'fail', limitMs);
  await requireJetStream(connection, access);
  return connection;
}

async function refusedRole(
  access: NatsAccess,
): Promise<{ code: string | undefined; text: string }> {
  const failed = await roleAt(access, 1_000).then(
    (connection) => connection.close().then(() => undefined),
    (error: unknown) => error,
  );
  return { code: errorCode(failed), text: errorText(failed) };
}

describe('the nats-server of a cluster', function () {
  this.timeout(180_000);
  let nats: NatsRoleUnderTest;
  const open: NatsConnection[] = [];

  const producer = async (options: ConnectionOptions): Promise<NatsConnection> => {
    const connection = await connect({ servers: nats.url, timeout: 2000, ...options });
    open.push(connection);
    return connection;
  };
  const cluster = async (): Promise<NatsConnection> => {
    const access = { urls: [nats.url], user: 'carbonbus', password: nats.passwords.cluster };
    const connection = await roleAt(access);
    open.push(connection);
    return connection;
  };

  afterEach(async () => {
    await Promise.all(open.splice(0).map((connection) => connection.close()));
    await nats?.stop();
  });

  const named = (user: string, pass: string): ConnectionOptions => {
    return { user, pass, inboxPrefix: `_INBOX_${user}` };
  };
  const PRODUCERS = ['NATS_PRODUCERS = app:se:cret, agent:other'];

  it('lets producers publish points, and nothing else', async function () {
    nats = await NatsRoleUnderTest.start(this, () => PRODUCERS);
    const inside = await cluster();
    const manager = await inside.jetstreamManager();
    await manager.streams.add({ name: 'INGEST', subjects: ['metrics.ingest.>'] });
    await manager.streams.add({ name: 'SHARD_0', subjects: ['shard.0.batch'] });
    const who: [string, string, ConnectionOptions][] = [
      ['app', 'metrics.ingest.app.web', named('app', 'se:cret')],
      ['agent', 'metrics.ingest.agent', named('agent', 'other')],
      ['nobody', 'metrics.ingest.anything', {}],
    ];
    for (const [name, own, options] of who) {
      const connection = await producer(options);
      const js = connection.jetstream();
      expect((await js.publish(own, 'a.b 1 2')).stream, name).to.equal('INGEST');
      for (const subject of [
        'shard.0.batch',
        'carbonbus.heartbeat',
        '$JS.API.STREAM.DELETE.SHARD_0',
      ])
        expect(await refusal(js.publish(subject, 'x')), `${name} ${subject}`).to.match(
          /Permissions/,
        );
      expect(await refusal(connection.jetstreamManager()), name).to.match(/Permissions/);
    }
    const app = await producer(named('app', 'se:cret'));
    expect(await refusal(app.jetstream().publish('metrics.ingest.agent', 'x'))).to.match(/Permiss/);
    expect((await manager.streams.info('INGEST')).state.messages).to.equal(3);
    expect((await manager.streams.info('SHARD_0')).state.messages).to.equal(0);
  });

  it('lets nobody read the inbox of another, or the logs', async function () {
    nats = await NatsRoleUnderTest.start(this, () => PRODUCERS);
    const subjects = [
      '_INBOX_agent.>',
      '_INBOX_carbonbus.>',
      'shard.>',
      'metrics.>',
      '>',
      '_INBOX*.>',
    ];
    for (const options of [named('app', 'se:cret'), {}]) {
      const connection = await producer(options);
      for (const subject of subjects) {
        const subscription = connection.subscribe(subject);
        const failed = (async () => {
          for await (const _ of subscription) throw new Error('a message');
        })();
        await connection.flush();
        expect(await refusal(failed), subject).to.match(/Permissions Violation/);
      }
    }
  });

  it('lets nobody in who gives no name, where that is set', async function () {
    nats = await NatsRoleUnderTest.start(this, () => ['NATS_ANONYMOUS_PRODUCERS = False']);
    await cluster();
    expect(await refusal(producer({ reconnect: false }))).to.match(/Authorization Violation/);
  });

  it('is locked by a password that nobody had to choose, which only its owner can read', async function () {
    nats = await NatsRoleUnderTest.start(this, () => []);
    await cluster();
    const file = join(nats.folder, 'data/nats-passwords.json');
    expect(statSync(file).mode & 0o777).to.equal(0o600);
    const before = readFileSync(file, 'utf8');
    expect(nats.passwords).to.deep.equal(JSON.parse(before));
    expect(readFileSync(file, 'utf8')).to.equal(before);
    expect(nats.passwords.cluster).to.have.length.greaterThan(20);
  });

  it('refuses a wrong password at once, and says which setting to look at', async function () {
    nats = await NatsRoleUnderTest.start(this, () => ['NATS_USER = me', 'NATS_PASSWORD = right']);
    const urls = [nats.url];
    await (await roleAt({ urls, user: 'me', password: 'right' })).close();
    const wrong = await refusedRole({ urls, user: 'me', password: 'wrong' });
    expect(wrong.code).to.equal('NATS_AUTHORIZATION');
    expect(wrong.text).to.match(/user me: check NATS_USER and NATS_PASSWORD/);
    const unknown = await refusedRole({ urls, nkeySeed: newKey() });
    expect(unknown.text).to.match(/NATS_NKEY_SEED/);
    expect((await refusedRole({ urls })).text).to.match(/who gives no name: set NATS_USER/);
  });

  it('knows the cluster by an nkey', async function () {
    const seed = newKey();
    nats = await NatsRoleUnderTest.start(
      this,
      (folder) => [`NATS_NKEY_SEED = ${folder}/seed`, 'NATS_ANONYMOUS_PRODUCERS = False'],
      (folder) => writeFileSync(join(folder, 'seed'), seed),
    );
    const connection = await roleAt({ urls: [nats.url], nkeySeed: seed });
    open.push(connection);
    expect((await (await connection.jetstreamManager()).streams.names().next()).length).to.equal(0);
  });

  it('speaks TLS, and each mismatch names its setting', async function () {
    if (spawnSync('openssl', ['version']).error !== undefined) return this.skip();
    nats = await NatsRoleUnderTest.start(
      this,
      (folder) => [
        `NATS_SERVER_TLS_CERT = ${folder}/server.pem`,
        `NATS_SERVER_TLS_KEY = ${folder}/server.key`,
        `NATS_SERVER_TLS_CA = ${folder}/ca.pem`,
      ],
      makeCertificates,
    );
    const pem = (file: string): string => readFileSync(join(nats.folder, file), 'utf8');
    const access = { urls: [nats.url], user: 'carbonbus', password: nats.passwords.cluster };
    const ours = { ca: pem('ca.pem'), cert: pem('client.pem'), key: pem('client.key') };
    open.push(await roleAt({ ...access, tls: ours }));
    const cases: [string, NatsAccess['tls'], RegExp][] = [
      ['no TLS', undefined, /NATS_TLS_CA/],
      ['another authority', { ...ours, ca: pem('other.pem') }, /NATS_TLS_CA/],
      ['no certificate', { ca: ours.ca }, /NATS_TLS_CERT and NATS_TLS_KEY/],
      [
        'a strange certificate',
        { ...ours, cert: pem('other.pem'), key: pem('other.key') },
        /NATS_TLS_CERT/,
      ],
    ];
    for (const [what, tls, expected] of cases) {
      const { code, text } = await refusedRole({ ...access, ...(tls && { tls }) });
      expect(text, what).to.match(expected);
      expect(code, what).to.equal('NATS_TLS');
    }
  });

  it('opens no port but those that are set, and these on the loopback interface', async function () {
    nats = await NatsRoleUnderTest.start(this, () => []);
    await cluster();
    const addresses = Object.values((await import('node:os')).networkInterfaces()).flat();
    const other = addresses.find((one) => one?.family === 'IPv4' && !one.internal)?.address;
    if (other === undefined) return this.skip();
    const socket = connectTcp(nats.settings.nats.port, other);
    const [error] = await once(socket, 'error');
    expect(errorCode(error)).to.equal('ECONNREFUSED');
  });
});

function newKey(): Uint8Array {
  return nkeys.createUser().getSeed();
}

/** An authority with a certificate for the server and one for clients, and one that nobody knows. */
function makeCertificates(folder: string): void {
  const openssl = (...args: string[]): void => {
    const { status, stderr } = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  };
  const fresh = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2'];
  for (const name of ['ca', 'other'])
    openssl(...fresh, '-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', `/CN=${name}`);
  for (const name of ['server', 'client']) {
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-addext', 'subjectAltName=DNS:localhost'];
    openssl(...fresh, '-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', '/CN=x', ...signed);
  }
}
