import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { existsSync, readdirSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { connect } from 'nats';
import { ClusterUnderTest, eventually } from '../support/cluster.js';
import { LineProducer } from '../support/producers.js';

describe('bad input', function () {
  this.timeout(180_000);
  let cluster: ClusterUnderTest;
  let neighbour: LineProducer;
  let sent = 0;
  let pids: number[];

  before(async function () {
    cluster = await ClusterUnderTest.start(this, { cache: ['WRITE_DELAY = 0'] });
    neighbour = await LineProducer.connect(cluster.ports.line);
    pids = workers(cluster);
  });

  afterEach('the neighbour is not affected', async () => {
    sent++;
    const timestamp = Math.floor(Date.now() / 1000);
    await neighbour.send([{ metric: `neighbour.m${sent}`, timestamp, value: sent }]);
    await eventually(20_000, 'the point of the neighbour', async () => {
      return (await valuesOf(cluster, `neighbour.m${sent}`)).includes(sent);
    });
    expect(workers(cluster), 'no process was restarted').to.deep.equal(pids);
  });

  after(async () => {
    await neighbour?.end();
    await cluster?.remove();
  });

  it('random bytes on TCP are counted and close their connection at most', async () => {
    const before = await rejected(cluster);
    for (let i = 0; i < 20; i++) await sendRaw(cluster, randomBytes(10_000));
    await counted(cluster, before);
  });

  it('1 MB without a newline closes its connection', async () => {
    const before = await rejected(cluster, 'line-too-long');
    const socket = createConnection({ host: '127.0.0.1', port: cluster.ports.line });
    socket.on('error', () => undefined);
    socket.write(Buffer.alloc(1_000_000, 'a'));
    await closed(socket);
    await counted(cluster, before, 'line-too-long');
  });

  it('half a line and a closed socket is one rejected line', async () => {
    const before = await rejected(cluster, 'malformed-line');
    await sendRaw(cluster, Buffer.from('half.a.line 12'));
    await counted(cluster, before, 'malformed-line');
  });

  it('a bad line between good ones leaves them alone', async () => {
    const before = await rejected(cluster, 'malformed-line');
    const nowS = Math.floor(Date.now() / 1000);
    const lines = `good.before 1 ${nowS}\nonly two\ngood.after 2 ${nowS}\n`;
    await sendRaw(cluster, Buffer.from(lines));
    await counted(cluster, before, 'malformed-line');
    await eventually(20_000, 'both good lines', async () => {
      const values = await Promise.all(
        ['good.before', 'good.after'].map((m) => valuesOf(cluster, m)),
      );
      return values[0].includes(1) && values[1].includes(2);
    });
  });

  it('a name of ../../x stays inside the data folder', async () => {
    const nowS = Math.floor(Date.now() / 1000);
    await sendRaw(cluster, Buffer.from(`../../x 1 ${nowS}\n/etc/y 1 ${nowS}\n`));
    await cluster.settled(20_000);
    const { nodes } = await cluster.view();
    const folders = nodes.flatMap((node) => node.shards.map((shard) => shard.dataFolder));
    for (const dataFolder of folders.filter((folder) => existsSync(folder))) {
      for (const above of [dataFolder, join(dataFolder, '..'), join(dataFolder, '../..')]) {
        expect(existsSync(join(above, 'x.wsp'))).to.equal(false);
      }
      const outside = readdirSync(dataFolder).filter(
        (name) => !['whisper', 'checkpoint.json', 'checkpoint.json.new'].includes(name),
      );
      expect(outside).to.deep.equal([]);
    }
    expect(existsSync('/etc/y.wsp')).to.equal(false);
  });

  it('NaN is counted, and a timestamp of 30 years ago is dropped by its replicas and counted', async () => {
    const before = await rejected(cluster, 'nan-value');
    const old = await total(cluster, 'carbonbus_dropped_too_old_total');
    await sendRaw(cluster, Buffer.from('not.a.number nan 1700000000\nvery.old 1 800000000\n'));
    await counted(cluster, before, 'nan-value');
    await eventually(30_000, 'both replicas to drop the old point', async () => {
      return (await total(cluster, 'carbonbus_dropped_too_old_total')) >= old + 2;
    });
  });

  it('an unknown subject is answered with an error and counted', async () => {
    const before = await rejected(cluster, 'unknown-subject');
    const connection = await connect({ port: cluster.ports.nats });
    const refused = await connection
      .jetstream()
      .publish('metrics.elsewhere', 'a.b 1 2\n')
      .then(() => undefined)
      .catch((error: Error) => error.message);
    expect(refused).to.match(/metrics\.ingest/);
    await connection.close();
    await counted(cluster, before, 'unknown-subject');
  });

  it('a broken batch is counted, and what comes after it is taken', async () => {
    const before = await rejected(cluster, 'malformed-batch');
    const connection = await connect({ port: cluster.ports.nats });
    const broken = Buffer.concat([Buffer.from([0x84]), randomBytes(200)]);
    await connection.jetstream().publish('metrics.ingest.test', broken);
    const nowS = Math.floor(Date.now() / 1000);
    connection.publish('metrics.ingest.test', Buffer.from(`after.broken 7 ${nowS}`));
    await connection.flush();
    await counted(cluster, before, 'malformed-batch');
    await eventually(20_000, 'the line after it', async () => {
      return (await valuesOf(cluster, 'after.broken')).includes(7);
    });
    await connection.close();
  });

  it('bad datagrams are counted', async () => {
    const before = await rejected(cluster);
    const socket = createSocket('udp4');
    socket.send(Buffer.from([0xff, 0xfe, 0x20]), cluster.ports.line, '127.0.0.1');
    socket.send(Buffer.from('no numbers here\n'), cluster.ports.line, '127.0.0.1');
    await counted(cluster, before + 1);
    socket.close();
  });

  it('bad HTTP requests get a clear answer', async () => {
    const answers = await Promise.all(
      [
        '/render?target=a&from=nonsense',
        '/render?target=noSuchFunction(a)',
        '/render?target=a&format=pdf',
        '/render?target=constantLine(1)&format=json&maxDataPoints=0',
        '/metrics/find',
      ].map(async (path) => {
        const response = await fetch(cluster.url(path));
        return { status: response.status, text: await response.text() };
      }),
    );
    for (const answer of answers) expect(answer.status, answer.text).to.equal(400);
    expect(answers.map((answer) => answer.text).join('\n')).to.match(
      /from.*\n.*noSuchFunction.*\n.*format.*\n.*maxDataPoints.*\n.*query/,
    );
    expect((await fetch(cluster.url('/nowhere'))).status).to.equal(404);
  });

  it('a hostile cache query reads data only', async () => {
    const marker = join(cluster.folder, 'executed');
    const pickle = Buffer.from(`cos\nsystem\n(S'touch ${marker}'\ntR.`);
    const frame = Buffer.alloc(4 + pickle.length);
    frame.writeUInt32BE(pickle.length);
    pickle.copy(frame, 4);
    const socket = createConnection({ host: '127.0.0.1', port: cluster.ports.cacheQuery });
    socket.on('error', () => undefined);
    socket.write(frame);
    socket.resume();
    await closed(socket);
    expect(existsSync(marker)).to.equal(false);
  });
});

/** Resolves when a socket is closed, with or without an error. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
  });
}

function workers(cluster: ClusterUnderTest): number[] {
  return ['nats', 'relay1', 'node1', 'node2', 'node3', 'api1'].map((name) =>
    cluster.childPid(name),
  );
}

/** Sends bytes over a connection of their own and closes it in order. */
async function sendRaw(cluster: ClusterUnderTest, bytes: Uint8Array): Promise<void> {
  const socket = createConnection({ host: '127.0.0.1', port: cluster.ports.line });
  socket.on('error', () => undefined);
  socket.resume();
  socket.end(bytes);
  await closed(socket);
}

async function total(cluster: ClusterUnderTest, name: string, labels = ''): Promise<number> {
  const text = await (await fetch(cluster.url('/metrics'))).text();
  let sum = 0;
  for (const [, value] of text.matchAll(
    new RegExp(`^${name}\\{[^}]*${labels}[^}]*\\} (\\S+)$`, 'gm'),
  )) {
    sum += Number(value);
  }
  return sum;
}

function rejected(cluster: ClusterUnderTest, reason = ''): Promise<number> {
  return total(cluster, 'carbonbus_rejected_total', reason && `reason="${reason}"`);
}

function counted(cluster: ClusterUnderTest, before: number, reason = ''): Promise<void> {
  return eventually(20_000, `a rejection (${reason}) to be counted`, async () => {
    return (await rejected(cluster, reason)) > before;
  });
}

async function valuesOf(cluster: ClusterUnderTest, target: string): Promise<unknown[]> {
  const query = new URLSearchParams({ target, from: '-5min', until: '+1min', format: 'json' });
  const series = await cluster.json<{ datapoints: [number | null, number][] }[]>(
    `/render?${query}`,
  );
  return series.flatMap((one) => one.datapoints.map(([value]) => value));
}
