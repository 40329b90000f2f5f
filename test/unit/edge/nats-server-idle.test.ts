import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { untilNoConnections } from '../../../src/edge/nats-server.js';
import { freePort } from '../../support/free-port.js';

/** Longer than an answer is waited for. */
const LATE_MS = 1_200;

describe('waiting until nats-server has no connections of ours', () => {
  it('goes on waiting while the server is too busy to answer', async () => {
    let asked = 0;
    const monitor = createServer((_request, response) => {
      asked++;
      const connections = asked < 2 ? [{ name: 'carbonbus-node-node1' }] : [{ name: 'a producer' }];
      setTimeout(() => response.end(JSON.stringify({ connections })), asked < 2 ? LATE_MS : 0);
    });
    monitor.listen(0, '127.0.0.1');
    await once(monitor, 'listening');
    await untilNoConnections((monitor.address() as AddressInfo).port);
    monitor.close();
    expect(asked).to.equal(2);
  });

  it('waits for nobody where no server is', async () => {
    await untilNoConnections(await freePort());
  });
});
