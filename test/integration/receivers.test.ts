import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request as requestTls } from 'node:https';
import { createConnection, type NetConnectOpts, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { Packr } from 'msgpackr';
import { PickleWriter } from '../../src/protocols/pickle-encoder.js';
import { type Certificates, makeCertificates } from '../support/certificates.js';
import { ClusterUnderTest, eventually } from '../support/cluster.js';
import { freePort } from '../support/free-port.js';
import { requireProgram } from '../support/programs.js';
import { framed, payloadOf } from '../support/protobuf-payload.js';

describe('receivers', function () {
  this.timeout(180_000);
  let cluster: ClusterUnderTest;
  let nowS = 0;
  let certificates: Certificates;
  let tlsPort: number;
  let tlsPostPort: number;
  let apiPort: number;
  let cacheQueryPort: number;
  let statsdPort: number;
  let socketPath: string;

  before(async function () {
    nowS = Math.floor(Date.now() / 1000);
    requireProgram(this, 'openssl', 'openssl');
    [tlsPort, tlsPostPort, apiPort, cacheQueryPort] = await Promise.all(
      Array.from({ length: 4 }, () => freePort()),
    );
    statsdPort = await freePort();
    const relay = (folder: string): string[] => {
      certificates = makeCertificates(join(folder, 'tls'));
      socketPath = join(folder, 'lines.sock');
      return [
        'LINE_RECEIVER_SOCKET_MODE = 0600',
        `LINE_RECEIVER_SOCKET = ${socketPath}`,
        'PICKLE_RECEIVER_MAX_LENGTH = 64KiB',
        'HTTP_RECEIVER_MAX_BYTES = 64KiB',
        `STATSD_PORT = ${statsdPort}`,
        'STATSD_FLUSH_INTERVAL = 1',
        '[relay:relay2]',
        'STATSD_PORT = 0',
        `LINE_RECEIVER_PORT = ${tlsPort}`,
        `HTTP_RECEIVER_PORT = ${tlsPostPort}`,
        ...['UDP', 'PICKLE', 'PROTOBUF'].map((name) => `${name}_RECEIVER_PORT = 0`),
        'LINE_RECEIVER_SOCKET =',
        'RECEIVER_TLS = line, http',
        `RECEIVER_TLS_CERTIFICATE = ${certificates.server.certificate}`,
        `RECEIVER_TLS_KEY = ${certificates.server.key}`,
        `RECEIVER_TLS_CLIENT_CA = ${certificates.ca}`,
        '[api:api2]',
        `HTTP_PORT = ${apiPort}`,
        'API_TLS = http, cache-query',
        `API_TLS_CERTIFICATE = ${certificates.server.certificate}`,
        `API_TLS_KEY = ${certificates.server.key}`,
        `API_TLS_CLIENT_CA = ${certificates.ca}`,
      ];
    };
    cluster = await ClusterUnderTest.start(this, { cache: ['WRITE_DELAY = 0'], relay });
    cluster.startRole('relay2');
    cluster.startRole('api2', { CARBONBUS_CACHE_QUERY_PORT: String(cacheQueryPort) });
    await eventually(60_000, 'the second relay', async () => {
      const { relays } = await cluster.view();
      return relays.filter((one) => one.state === 'up').length === 2;
    });
  });

  after(() => cluster?.remove());

  it('takes pickle, and nothing in a pickle runs', async () => {
    const marker = join(cluster.folder, 'executed');
    const good = new PickleWriter().list().mark().text('in.pickle').float(nowS).float(2);
    const bytes = Buffer.concat([
      framed(Buffer.from(`cos\nsystem\n(S'touch ${marker}'\ntR.`)),
      good.pair().pair().appends().finish(),
    ]);
    await send({ port: cluster.ports.pickle }, bytes);
    await shows('in.pickle', 2);
    expect(existsSync(marker)).to.equal(false);
  });

  it('takes protobuf', async () => {
    await send({ port: cluster.ports.protobuf }, framed(payloadOf([['in.protobuf', nowS, 3]])));
    await shows('in.protobuf', 3);
  });

  it('takes lines packed with gzip, on the line port', async () => {
    const lines = Array.from({ length: 5_000 }, (_, i) => `in.gzip.m${i % 10} ${i} ${nowS}\n`);
    await send({ port: cluster.ports.line }, gzipSync(lines.join('')));
    await shows('in.gzip.m9', 4_999);
  });

  it('takes lines from a Unix socket with the permissions that are asked for', async () => {
    expect(statSync(socketPath).mode & 0o777).to.equal(0o600);
    await send({ path: socketPath }, Buffer.from(`in.unix 4 ${nowS}\n`));
    await shows('in.unix', 4);
  });

  it('listens on its Unix socket again after kill -9', async () => {
    const pid = cluster.childPid('relay1');
    cluster.signalChild('relay1', 'SIGKILL');
    await eventually(60_000, 'another relay1', () => cluster.childPid('relay1') !== pid);
    await eventually(60_000, 'the socket to be served', async () => {
      await send({ path: socketPath }, Buffer.from(`in.unix.again 5 ${nowS}\n`));
      return (await valuesOf('in.unix.again')).includes(5);
    });
  });

  it('makes points of statsd samples, over UDP and TCP', async () => {
    const socket = createSocket('udp4');
    socket.send('hits:4|c\nqueue:7|g', statsdPort, '127.0.0.1');
    await shows('stats.counters.hits.count', 4);
    socket.close();
    await send({ port: statsdPort }, Buffer.from('queue:+2|g\nlogins:joe|s\n'));
    await shows('stats.gauges.queue', 9);
    await shows('stats.sets.logins.count', 1);
  });

  it('answers a POST once the logs have its points, whatever form they have', async () => {
    const pickle = new PickleWriter().list().mark().text('post.pickle').float(nowS).float(2);
    const batch = { v: 1, names: ['post.batch'], times: [nowS], values: [4] };
    const bodies: [string | undefined, Uint8Array][] = [
      ['text/plain', Buffer.from(`post.lines 1 ${nowS}`)],
      ['application/python-pickle', pickle.pair().pair().appends().finish().subarray(4)],
      ['application/x-protobuf', payloadOf([['post.protobuf', nowS, 3]])],
      ['application/msgpack', new Packr({ useRecords: false }).pack(batch)],
      [undefined, Buffer.from(`post.untyped 5 ${nowS}\n`)],
    ];
    for (const [type, body] of bodies) {
      const { status, answer } = await post(
        body,
        type === undefined ? {} : { 'content-type': type },
      );
      expect([status, answer], type).to.deep.equal([
        200,
        { accepted: 1, rejected: 0, reasons: {} },
      ]);
    }
    for (const [name, value] of [
      ['post.lines', 1],
      ['post.pickle', 2],
      ['post.protobuf', 3],
      ['post.batch', 4],
      ['post.untyped', 5],
    ] as const)
      await shows(name, value);
  });

  it('says what it did not take of a POST, and why', async () => {
    const body = `post.good 1 ${nowS}\nnonsense\n${'n'.repeat(5_000)} 1 ${nowS}\na nan 1\n`;
    const { status, answer } = await post(gzipSync(body), { 'content-encoding': 'X-GZip' });
    expect([status, answer]).to.deep.equal([
      200,
      {
        accepted: 1,
        rejected: 3,
        reasons: { 'malformed-line': 1, 'name-too-long': 1, 'nan-value': 1 },
      },
    ]);
  });

  it('refuses a POST that it cannot take with a status that says so', async () => {
    const json = { 'content-type': 'application/json' };
    const gzip = { 'content-encoding': 'GZIP' };
    const bomb = gzipSync(Buffer.alloc(10_000_000, 'a'));
    const statuses = await Promise.all([
      post(Buffer.from('nonsense')),
      post(Buffer.from('{}'), json),
      post(Buffer.from('x'), { 'content-encoding': 'br' }),
      post(Buffer.alloc(70_000)),
      post(bomb, gzip),
      post(Buffer.from('no gzip'), gzip),
    ]);
    expect(statuses.map(({ status }) => status)).to.deep.equal([400, 415, 415, 413, 413, 400]);
    expect(statuses[4].answer.error).to.match(/65536/);
  });

  it('lets in by TLS who has a certificate of the CA, and nobody else', async () => {
    const { ca, client, stranger } = certificates;
    const line = (name: string): Buffer => Buffer.from(`${name} 6 ${nowS}\n`);
    await sendTls(ca, client, line('in.tls'));
    await shows('in.tls', 6);
    await sendTls(ca, stranger, line('in.strange'));
    await sendTls(ca, undefined, line('in.strange'));
    await send({ port: tlsPort }, line('in.strange'));
    await eventually(30_000, 'three failed handshakes', async () => {
      const metrics = await (await fetch(cluster.url('/metrics'))).text();
      return /carbonbus_handshakes_failed_total\{role="relay",name="relay2"\} 3/.test(metrics);
    });
    expect(await valuesOf('in.strange')).to.deep.equal([]);
  });

  it('takes posts, and answers questions, by TLS from who has a certificate, and from nobody else', async () => {
    const { client, stranger } = certificates;
    const body = `in.tls.post 6 ${nowS}\n`;
    const answer = await secureRequest(tlsPostPort, client, '/', body);
    expect(JSON.parse(answer)).to.deep.equal({ accepted: 1, rejected: 0, reasons: {} });
    await eventually(30_000, 'the point, by TLS', async () =>
      (
        await secureRequest(
          apiPort,
          client,
          '/render?target=in.tls.post&from=-5min&until=%2B1min&format=json',
        )
      ).includes('[6'),
    );
    const asked = new PickleWriter()
      .dict()
      .mark()
      .text('type')
      .text('cache-query')
      .text('metric')
      .text('in.tls.post')
      .setItems()
      .finish();
    expect(await secureAnswer(cacheQueryPort, client, asked)).to.include('datapoints');
    const closed = [
      () => secureRequest(tlsPostPort, stranger, '/', body),
      () => secureRequest(apiPort, stranger, '/version'),
      () => secureRequest(apiPort, undefined, '/version'),
      () => secureAnswer(cacheQueryPort, stranger, asked),
    ];
    for (const [i, attempt] of closed.entries())
      expect(await attempt().catch(() => 'turned away'), String(i)).to.equal('turned away');
    await eventually(30_000, 'the failed handshakes of the api', async () =>
      /handshakes_failed_total\{role="api",name="api2"\} 3/.test(
        await (await fetch(cluster.url('/metrics'))).text(),
      ),
    );
  });

  it('shows what was refused, of all relays, at /rejected and by the command', async () => {
    await send({ port: cluster.ports.line }, Buffer.from('what is\x1b this?\n'));
    await sendTls(certificates.ca, certificates.client, Buffer.from('by tls\n'));
    type Shown = { relay: string; peer: string; reason: string; text: string; timeMs: number };
    let rejected: Shown[] = [];
    await eventually(20_000, 'both lines', async () => {
      ({ rejected } = await cluster.json<{ rejected: Shown[] }>('/rejected'));
      return ['relay1', 'relay2'].every((relay) => rejected.some((one) => one.relay === relay));
    });
    const odd = rejected.find(({ relay }) => relay === 'relay1');
    expect(odd).to.include({ reason: 'malformed-line', text: 'what is\\x1b this?' });
    expect(odd?.peer).to.match(/^127\.0\.0\.1:\d+$/);
    expect(Math.abs((odd?.timeMs ?? 0) - Date.now())).to.be.below(60_000);
    const times = rejected.map(({ timeMs }) => timeMs);
    expect(times).to.deep.equal([...times].sort((a, b) => b - a));
    expect(await cluster.json<{ rejected: Shown[] }>('/rejected?limit=1')).to.deep.include({
      rejected: rejected.slice(0, 1),
    });
    const printed = await cluster.carbonbus('rejected', '--json');
    expect(JSON.parse(printed).rejected).to.deep.equal(rejected);
    expect(await cluster.carbonbus('rejected')).to.contain('what is\\x1b this?');
  });

  it('refuses to start with a certificate that cannot be, and says which setting', async () => {
    const config = join(cluster.folder, 'config', 'carbon.conf');
    expect(readFileSync(config, 'utf8')).to.contain('RECEIVER_TLS_KEY');
    const env = {
      ...process.env,
      CARBONBUS_RELAY_RECEIVER_TLS_KEY: certificates.client.key,
    };
    const said = await cluster.failing(env, 'run', 'relay', '--name', 'relay2');
    expect(said).to.match(/RECEIVER_TLS_CERTIFICATE and RECEIVER_TLS_KEY do not go together/);
  });

  async function shows(name: string, value: number): Promise<void> {
    await eventually(30_000, `${name} to be ${value}`, async () =>
      (await valuesOf(name)).includes(value),
    );
  }

  async function valuesOf(target: string): Promise<unknown[]> {
    const query = new URLSearchParams({ target, from: '-5min', until: '+1min', format: 'json' });
    const series = await cluster.json<{ datapoints: [number | null, number][] }[]>(
      `/render?${query}`,
    );
    return series.flatMap((one) => one.datapoints.map(([value]) => value));
  }

  async function post(
    body: Uint8Array,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; answer: { error?: string } }> {
    const url = `http://127.0.0.1:${cluster.ports.post}/`;
    const response = await fetch(url, { method: 'POST', body: new Uint8Array(body), headers });
    return { status: response.status, answer: (await response.json()) as { error?: string } };
  }

  function sendTls(ca: string, own: KeyPair | undefined, bytes: Uint8Array): Promise<void> {
    return sent(
      connectTls({ host: '127.0.0.1', port: tlsPort, ca: readFileSync(ca), ...identity(own) }),
      bytes,
    );
  }

  /** The body of an answer over HTTPS; throws where there is none. */
  async function secureRequest(
    port: number,
    own: KeyPair | undefined,
    path: string,
    body?: string,
  ): Promise<string> {
    const method = body === undefined ? 'GET' : 'POST';
    const options = { host: '127.0.0.1', port, path, method, agent: false, ...identity(own) };
    const sending = requestTls({ ...options, ca: readFileSync(certificates.ca) }).end(body);
    const [response] = (await once(sending, 'response')) as [IncomingMessage];
    return (await response.setEncoding('utf8').toArray()).join('');
  }

  /** The first bytes of an answer over TLS; throws where there is none. */
  async function secureAnswer(port: number, own: KeyPair, bytes: Uint8Array): Promise<string> {
    const ca = readFileSync(certificates.ca);
    const socket = connectTls({ host: '127.0.0.1', port, ca, ...identity(own) });
    socket.write(bytes);
    for await (const answer of socket) return (answer as Buffer).toString('latin1');
    throw new Error('closed without an answer');
  }
});

type KeyPair = Certificates['client'];

function identity(own: KeyPair | undefined): { cert?: Buffer; key?: Buffer } {
  return own === undefined
    ? {}
    : { cert: readFileSync(own.certificate), key: readFileSync(own.key) };
}

function send(to: NetConnectOpts, bytes: Uint8Array): Promise<void> {
  return sent(createConnection('path' in to ? to : { host: '127.0.0.1', ...to }), bytes);
}

/** Sends bytes, closes the connection in order and waits until it is closed, in whatever way. */
function sent(socket: Socket, bytes: Uint8Array): Promise<void> {
  socket.on('error', () => undefined);
  socket.resume();
  socket.end(bytes);
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
  });
}
