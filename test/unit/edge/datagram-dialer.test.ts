import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { expect } from 'chai';
import { datagramDialer, datagramsOf } from '../../../src/edge/datagram-dialer.js';
import { eventually } from '../../support/cluster.js';

const HOST = '127.0.0.1';
const LIMIT_MS = 10_000;

describe('datagramDialer', () => {
  let daemon: Socket;
  let port: number;
  let datagrams: string[];

  beforeEach(async () => {
    datagrams = [];
    daemon = createSocket('udp4').on('message', (bytes) => datagrams.push(bytes.toString()));
    daemon.bind(0, HOST);
    await once(daemon, 'listening');
    ({ port } = daemon.address());
  });

  const dialled = (host = HOST) => {
    const seen: string[] = [];
    const connection = datagramDialer(
      { host, port },
      {
        connected: () => seen.push('connected'),
        closed: (reason) => seen.push(`closed: ${reason}`),
      },
    );
    return { seen, connection };
  };

  it('sends whole lines, says when the system has them, and closes once they are sent', async () => {
    const { seen, connection } = dialled();
    await eventually(LIMIT_MS, 'the socket', () => seen.length === 1);
    const lines = Array.from({ length: 500 }, (_, i) => `servers.web${i}.cpu ${i} 1700000000\n`);
    let taken = 0;
    connection.write(Buffer.from(lines.join('')), () => taken++);
    connection.write(Buffer.from('last 1 2\n'), () => taken++);
    connection.end();
    await eventually(LIMIT_MS, 'the end', () => seen.length === 2);
    expect(seen).to.deep.equal(['connected', 'closed: closed']);
    expect(taken).to.equal(2);
    await eventually(LIMIT_MS, 'all lines', () => datagrams.join('').endsWith('last 1 2\n'));
    expect(datagrams.join('')).to.equal(`${lines.join('')}last 1 2\n`);
    for (const datagram of datagrams) expect(datagram).to.match(/\n$/);
    daemon.close();
  });

  it('says that nobody listens, once', async () => {
    daemon.close();
    await once(daemon, 'close');
    const { seen, connection } = dialled();
    await eventually(LIMIT_MS, 'the refusal', () => {
      if (seen.length === 1) connection.write(Buffer.from('a 1 2\n'), () => undefined);
      return seen.length === 2;
    });
    expect(seen[1]).to.match(/^closed: .*ECONNREFUSED/);
    connection.destroy();
  });

  it('says that a name cannot be resolved', async () => {
    const { seen } = dialled('no.such.host.invalid');
    await eventually(LIMIT_MS, 'the refusal', () => seen.length === 1);
    expect(seen[0]).to.match(/^closed: /);
    daemon.close();
  });
});

describe('datagramsOf', () => {
  it('cuts between lines, below the size of a packet, and leaves a long line alone', () => {
    const long = `${'n'.repeat(3000)} 1 2\n`;
    const lines = [
      `${'a'.repeat(700)} 1 2\n`,
      `${'b'.repeat(700)} 1 2\n`,
      'c 1 2\n',
      long,
      'd 1 2\n',
    ];
    const cut = datagramsOf(Buffer.from(lines.join(''))).map((one) => Buffer.from(one).toString());
    expect(cut).to.deep.equal([lines[0] + lines[1] + lines[2], long, lines[4]]);
    const many = Buffer.from('0123456 1 2\n'.repeat(400));
    for (const one of datagramsOf(many)) {
      expect(one.length).to.be.at.most(1432);
      expect(one.length % 12).to.equal(0);
    }
    expect(Buffer.concat(datagramsOf(many)).equals(many)).to.equal(true);
    expect(datagramsOf(new Uint8Array(0))).to.deep.equal([]);
  });
});
