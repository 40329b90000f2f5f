import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { expect } from 'chai';
import { carbonDialer, type DialTls } from '../../../src/edge/carbon-dialer.js';
import { type Certificates, makeCertificates } from '../../support/certificates.js';
import { eventually } from '../../support/cluster.js';
import { freePort } from '../../support/free-port.js';
import { requireProgram } from '../../support/programs.js';

const HOST = '127.0.0.1';
const LIMIT_MS = 10_000;

/** What became of a connection. */
function dialled(port: number, tls?: DialTls) {
  const seen: string[] = [];
  const connection = carbonDialer(tls)(
    { host: HOST, port },
    { connected: () => seen.push('connected'), closed: (reason) => seen.push(`closed: ${reason}`) },
  );
  return { seen, connection };
}

describe('carbonDialer', function () {
  this.timeout(30_000);
  const servers: Server[] = [];
  const sockets: Socket[] = [];
  let text = '';

  /** Keeps the text that comes, and the connections. */
  const take = (socket: Socket): void => {
    sockets.push(socket);
    socket.on('error', () => socket.destroy());
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  };

  const listening = async (server: Server): Promise<number> => {
    servers.push(server);
    server.listen(0, HOST);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };

  beforeEach(() => {
    text = '';
    sockets.length = 0;
  });

  after(() => {
    for (const server of servers) server.close();
  });

  it('sends what is written, says when the system has it, and closes in order', async () => {
    const { seen, connection } = dialled(await listening(createServer(take)));
    await eventually(LIMIT_MS, 'the connection', () => seen.length === 1);
    let taken = 0;
    for (let i = 0; i < 3; i++) connection.write(Buffer.from(`line ${i}\n`), () => taken++);
    connection.end();
    await eventually(LIMIT_MS, 'the end', () => seen.length === 2);
    expect(seen[0]).to.equal('connected');
    expect(taken).to.equal(3);
    await eventually(LIMIT_MS, 'the text', () => text === 'line 0\nline 1\nline 2\n');
  });

  it('says that nobody listens', async () => {
    const { seen } = dialled(await freePort());
    await eventually(LIMIT_MS, 'the refusal', () => seen.length === 1);
    expect(seen[0]).to.match(/closed: .*ECONNREFUSED/);
  });

  it('says that the daemon is gone, once', async () => {
    const { seen } = dialled(await listening(createServer(take)));
    await eventually(LIMIT_MS, 'the connection', () => seen.length === 1 && sockets.length === 1);
    sockets[0].destroy();
    await eventually(LIMIT_MS, 'the loss', () => seen.length === 2);
    expect(seen).to.deep.equal(['connected', 'closed: closed by the daemon']);
  });

  describe('over TLS', () => {
    let folder: string;
    let certificates: Certificates;
    let port: number;

    before(async function () {
      requireProgram(this, 'openssl', 'openssl');
      folder = mkdtempSync(join(tmpdir(), 'carbonbus-dialer-'));
      certificates = makeCertificates(folder);
      const { certificate, key } = certificates.server;
      const pem = { cert: readFileSync(certificate), key: readFileSync(key) };
      port = await listening(createTlsServer(pem, take));
    });

    after(() => rmSync(folder, { recursive: true, force: true }));

    it('trusts a daemon whose certificate the CA has signed', async () => {
      const { seen, connection } = dialled(port, { ca: readFileSync(certificates.ca) });
      await eventually(LIMIT_MS, 'the connection', () => seen.length === 1);
      connection.write(Buffer.from('secret 1 2\n'), () => undefined);
      await eventually(LIMIT_MS, 'the text', () => text === 'secret 1 2\n');
      connection.destroy();
    });

    it('shows its own certificate to a daemon that asks for one', async () => {
      const { ca, server, client } = certificates;
      const pem = { cert: readFileSync(server.certificate), key: readFileSync(server.key) };
      const asking = { ...pem, ca: readFileSync(ca), requestCert: true, rejectUnauthorized: true };
      const strict = await listening(createTlsServer({ ...asking, maxVersion: 'TLSv1.2' }, take));
      const own = { cert: readFileSync(client.certificate), key: readFileSync(client.key) };
      const known = dialled(strict, { ca: readFileSync(ca), ...own });
      await eventually(LIMIT_MS, 'the connection', () => known.seen.length === 1);
      expect(known.seen).to.deep.equal(['connected']);
      known.connection.destroy();
      const unknown = dialled(strict, { ca: readFileSync(ca) });
      await eventually(LIMIT_MS, 'the refusal', () => unknown.seen.length === 1);
      expect(unknown.seen[0]).to.match(/^closed: /);
    });

    it('does not trust another one', async () => {
      const { seen } = dialled(port, { ca: readFileSync(certificates.stranger.certificate) });
      await eventually(LIMIT_MS, 'the refusal', () => seen.length === 1);
      expect(seen[0]).to.match(/closed: .*(certificate|issuer)/);
    });
  });
});
