import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { expect } from 'chai';
import { RejectionLog } from '../../../src/actors/receiver/rejection-log.js';
import { StreamReceiver } from '../../../src/actors/receiver/stream-receiver.js';
import { Window } from '../../../src/actors/relay/window.js';
import { StreamServer } from '../../../src/edge/stream-server.js';
import { LineStream } from '../../../src/protocols/line.js';
import { eventually } from '../../support/cluster.js';
import { FakeLogger } from '../../support/fake-logger.js';
import { type NamedPoint, pointsOf } from '../../support/fake-points.js';
import { freePort } from '../../support/free-port.js';
import { SimulatedClock } from '../../support/simulated-clock.js';

const HOST = '127.0.0.1';
const LIMIT_MS = 10_000;

describe('StreamServer', () => {
  const points: NamedPoint[] = [];
  const open: { close(): void }[] = [];

  /** A server for lines that takes two connections, and how to connect to it. */
  async function start(): Promise<{ receiver: StreamReceiver; connect: () => Promise<Socket> }> {
    const logger = new FakeLogger();
    const clock = new SimulatedClock();
    const receiver = new StreamReceiver({
      accept: (block) => points.push(...pointsOf(block)),
      window: new Window(1_000_000),
      rejections: new RejectionLog(logger, clock),
      clock,
      log: logger,
      connectionsMax: 2,
      idleTimeoutMs: 0,
      flushIntervalMs: 100,
      flowControl: true,
    });
    const server = new StreamServer({
      receiver,
      decoder: () => new LineStream(),
      source: 'line',
      backlog: 16,
      connectionsMax: 2,
      keepAlive: true,
      keepIdleMs: 10_000,
      tls: undefined,
    });
    const address = { host: HOST, port: await freePort() };
    await server.listen({ ...address, setting: 'LINE_RECEIVER_PORT' });
    open.push(server);
    const connect = async (): Promise<Socket> => {
      const socket = createConnection(address);
      socket.on('error', () => socket.destroy());
      open.push({ close: () => socket.destroy() });
      await once(socket, 'connect');
      return socket;
    };
    return { receiver, connect };
  }

  afterEach(() => {
    for (const one of open.splice(0)) one.close();
    points.length = 0;
  });

  it('closes connections that are too many, counts them, and takes others once there is room', async () => {
    const { receiver, connect } = await start();
    const [first] = [await connect(), await connect()];
    await eventually(LIMIT_MS, 'two connections', () => receiver.counters.connections === 2);
    const third = await connect();
    if (!third.closed) await once(third, 'close');
    expect(receiver.counters).to.include({ connections: 2, connectionsRefused: 1 });
    first.end();
    await eventually(LIMIT_MS, 'room', () => receiver.counters.connections === 1);
    (await connect()).write('a.b 1 2\n');
    await eventually(LIMIT_MS, 'the point', () => points.length === 1);
    expect(points).to.deep.equal([['a.b', 2, 1]]);
    expect(receiver.counters.connectionsRefused).to.equal(1);
  });
});
